//! See `portcullis_fuzz::targets::policy_json`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::policy_json::TARGET)
}
