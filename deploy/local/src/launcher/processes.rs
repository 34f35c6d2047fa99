//! What /proc tells of processes: our children, whether one lives, what it was started as.

use std::fs;

/// Longest command line shown, in characters.
const MAX_COMMAND_CHARS: usize = 120;

/// All process ids there are.
pub fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// State letter and parent of a process.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may hold anything, also parentheses.
    let mut fields = text[text.rfind(')')? + 1..].split_ascii_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Whether it runs; a zombie does not.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// Its command line, shortened.
pub fn command(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    line.trim_end().chars().take(MAX_COMMAND_CHARS).collect()
}

/// The living child of this process that runs the program of this name.
pub fn child_named(program: &str) -> Option<u32> {
    let me = std::process::id();
    all().filter(|pid| stat(*pid).is_some_and(|(state, parent)| parent == me && state != 'Z')).find(|pid| {
        let command = command_name(*pid);
        command.as_deref() == Some(program)
    })
}

fn command_name(pid: u32) -> Option<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let first = line.split(|byte| *byte == 0).next()?;
    let name = first.rsplit(|byte| *byte == b'/').next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_live_and_have_a_command() {
        let me = std::process::id();
        assert!(is_alive(me));
        assert!(!command(me).is_empty());
        assert!(all().any(|pid| pid == me));
        assert!(!is_alive(u32::MAX));
    }
}
