//! Pages that send a visitor on. The URL is escaped for where it stands: attribute, text or script.

/// Seconds an interstitial page is shown.
const INTERSTITIAL_S: u32 = 2;

pub fn meta_refresh(url: &str) -> String {
    let url = Html(url);
    document(&format!("<meta http-equiv=\"refresh\" content=\"0;url={url}\">"), &link(&url, "Continue"))
}

pub fn javascript(url: &str) -> String {
    let script = format!("<script>location.replace({})</script>", Script(url));
    document(&script, &format!("<noscript>{}</noscript>", link(&Html(url), "Continue")))
}

pub fn interstitial(url: &str) -> String {
    let url = Html(url);
    let head = format!("<meta http-equiv=\"refresh\" content=\"{INTERSTITIAL_S};url={url}\">");
    document(&head, &format!("<p>You are being sent on to:</p><p>{}</p>", link(&url, &url.to_string())))
}

fn document(head: &str, body: &str) -> String {
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Redirecting</title>{head}</head>\
         <body>{body}</body></html>"
    )
}

fn link(url: &Html<'_>, text: &str) -> String {
    format!("<a href=\"{url}\">{text}</a>")
}

/// Text in HTML, in an attribute in quotes or outside of tags.
struct Html<'a>(&'a str);

impl std::fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => std::fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}

/// Text as a string literal in a script: nothing in it ends the literal or the script.
struct Script<'a>(&'a str);

impl std::fmt::Display for Script<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                c if c.is_ascii_alphanumeric() || ":/?&=.-_%~#+,;@!$*()[]|".contains(c) => {
                    std::fmt::Write::write_char(f, c)?;
                }
                c => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        write!(f, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_leads_to_the_url() {
        let url = "https://o.example/?a=1&b=2";
        assert!(meta_refresh(url).contains("content=\"0;url=https://o.example/?a=1&amp;b=2\""));
        assert!(javascript(url).contains("location.replace(\"https://o.example/?a=1&b=2\")"));
        assert!(interstitial(url).contains("<a href=\"https://o.example/?a=1&amp;b=2\">"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(evil in "[\"'<>&;)(a/\\\\\u{2028}ä😀-]{0,30}") {
            // What a page holds of markup is the same whatever the URL is.
            let tags = |page: String| page.chars().filter(|c| matches!(c, '<' | '>')).count();
            let quotes = |page: String| page.chars().filter(|c| matches!(c, '"' | '\'')).count();
            for page in [meta_refresh, javascript, interstitial] {
                prop_assert_eq!(tags(page(&evil)), tags(page("")));
                prop_assert_eq!(quotes(page(&evil)), quotes(page("")));
            }
            let literal = Script(&evil).to_string();
            prop_assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), evil);
        }
    }
}
