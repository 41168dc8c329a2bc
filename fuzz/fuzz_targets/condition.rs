//! See `portcullis_fuzz::targets::condition`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::condition::TARGET)
}
