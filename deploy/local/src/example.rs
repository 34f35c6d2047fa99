//! `.env.example`, held against what the services really read.

/// Variables of the command that the example does not list with their default, as the missing lines.
pub fn missing(command: &clap::Command) -> Vec<String> {
    let example = include_str!("../../../.env.example");
    let lines = command.get_arguments().filter_map(|argument| {
        let default = argument.get_default_values().first().and_then(|value| value.to_str());
        Some(format!("{}={}", argument.get_env()?.to_str()?, default.unwrap_or_default()))
    });
    lines.filter(|line| !example.lines().any(|listed| listed.trim_start_matches('#') == line)).collect()
}
