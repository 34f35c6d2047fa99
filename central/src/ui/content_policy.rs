//! What the browser lets the UI do: everything comes from here and goes to here.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Mantine and the charts set styles of elements, and styles cannot be named by hash there.
const REST: &str = "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
                    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                    frame-ancestors 'none'";

pub fn plain() -> String {
    with_scripts("")
}

/// Of a page: the scripts that stand in it are allowed by what they say, so that no other one is.
pub fn of_page(html: &[u8]) -> String {
    let mut hashes = String::new();
    for script in inline_scripts(&String::from_utf8_lossy(html)) {
        let hash = BASE64_STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Into a string: cannot fail.
        let _ = write!(hashes, " 'sha256-{hash}'");
    }
    with_scripts(&hashes)
}

fn with_scripts(hashes: &str) -> String {
    format!("default-src 'self'; script-src 'self'{hashes}; {REST}")
}

/// Of a page that our own build wrote.
fn inline_scripts(html: &str) -> Vec<&str> {
    let elements = html.split("<script").skip(1).filter_map(|rest| rest.split_once("</script>"));
    let parts = elements.filter_map(|(element, _)| element.split_once('>'));
    parts.filter(|(attributes, _)| !attributes.contains("src=")).map(|(_, script)| script).collect()
}
