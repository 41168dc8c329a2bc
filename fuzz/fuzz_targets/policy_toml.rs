//! See `portcullis_fuzz::targets::policy_toml`.

fn main() -> std::process::ExitCode {
    portcullis_fuzz::main(&portcullis_fuzz::targets::policy_toml::TARGET)
}
