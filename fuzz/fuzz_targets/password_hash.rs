//! See `portcullis_fuzz::targets::password_hash`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::password_hash::TARGET)
}
