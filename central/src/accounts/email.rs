//! Addresses of people, in one spelling.

use lettre::Address;

/// RFC 5321, in bytes.
const MAX_BYTES: usize = 254;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address of at most {MAX_BYTES} ASCII characters")]
pub struct NoAddress;

/// Trimmed, in lower case, of the plain form `name@host`. Only ASCII: two addresses that look alike are one.
pub fn normalise(text: &str) -> Result<String, NoAddress> {
    let address = text.trim().to_ascii_lowercase();
    // Quoted names and addresses in brackets are legal, nobody's, and trouble in a header.
    let plain =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b',');
    if address.len() > MAX_BYTES || !address.bytes().all(plain) || address.parse::<Address>().is_err() {
        return Err(NoAddress);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_each() {
        assert_eq!(normalise("  Ann.Lee+ads@Example.COM ").unwrap(), "ann.lee+ads@example.com");
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "\"a b\"@example.com",
            "ann@[127.0.0.1]",
            "Ann <ann@example.com>",
            "ann@example.com,bob@example.com",
            "ann@example.com\nBcc: bob@example.com",
            "änn@example.com",
            "ann@@example.com",
        ] {
            assert_eq!(normalise(bad), Err(NoAddress), "{bad}");
        }
        assert!(normalise(&format!("{}@example.com", "a".repeat(300))).is_err());
    }
}
