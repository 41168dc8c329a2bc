//! See `portcullis_fuzz::targets::snapshot`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::snapshot::TARGET)
}
