//! The daemon and its command line. Everything is in the library, so that tests can reach it.

fn main() -> std::process::ExitCode {
    complaintsd::cli::main()
}
