//! See `portcullis_fuzz::targets::request`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::request::TARGET)
}
