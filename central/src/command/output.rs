//! What commands print: results on standard output and nothing else there, so that `--json` can be piped.

use std::io::{ErrorKind, Write};

use anyhow::Result;
use serde::Serialize;

pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Whoever stops reading, such as `head`, has what they wanted.
pub fn line(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Columns, with a tab between them.
pub fn columns<const N: usize>(fields: [&str; N]) -> Result<()> {
    line(&fields.map(|field| if field.is_empty() { "-" } else { field }).join("\t"))
}

/// For people, beside the result.
#[expect(clippy::print_stderr, reason = "a command's word to its user")]
pub fn note(text: &str) {
    eprintln!("{text}");
}
