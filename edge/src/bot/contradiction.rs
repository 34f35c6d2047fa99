//! A User-Agent and client hints (`Sec-CH-UA`, `-Mobile`, `-Platform`) that cannot come from the same
//! browser: somebody has changed one and forgotten the other.
//!
//! Only what no browser does counts. "Desktop site" on a phone sends a Linux User-Agent, sometimes
//! with the hints of Android; Chrome OS runs Android and Linux programs; an unknown system or brand
//! proves nothing.

use crate::lookup::user_agent::AgentHeaders;

pub fn contradict(headers: &AgentHeaders<'_>) -> bool {
    let hinted = !headers.brands.is_empty() || !headers.platform.is_empty() || !headers.mobile.is_empty();
    hinted && (no_hints_from(headers) || other_system(headers) || other_size(headers))
}

/// Firefox sends no hints, and neither does any browser that iOS allows for (they all are WebKit).
fn no_hints_from(headers: &AgentHeaders<'_>) -> bool {
    let agent = headers.user_agent;
    let is_firefox = agent.contains("Gecko/") && agent.contains("Firefox/");
    let is_ios = system_of(agent) == Some(System::Ios) && !agent.contains("Chrome/");
    !headers.brands.is_empty() && (is_firefox || is_ios)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Windows,
    Mac,
    Android,
    Ios,
    ChromeOs,
    Linux,
}

/// By the word that its vendors put first in the parentheses.
fn system_of(agent: &str) -> Option<System> {
    // An Android agent also says Linux, an iPhone's also Mac OS X: the narrower word comes first.
    let words = [
        ("Windows NT", System::Windows),
        ("Android", System::Android),
        ("iPhone", System::Ios),
        ("iPad", System::Ios),
        ("CrOS", System::ChromeOs),
        ("Macintosh", System::Mac),
        ("X11; Linux", System::Linux),
    ];
    words.into_iter().find(|(word, _)| agent.contains(word)).map(|(_, system)| system)
}

fn hinted_system(platform: &str) -> Option<System> {
    match platform.trim().trim_matches('"') {
        "Windows" => Some(System::Windows),
        "macOS" => Some(System::Mac),
        "Android" => Some(System::Android),
        "iOS" => Some(System::Ios),
        "Chrome OS" | "Chromium OS" | "ChromeOS" => Some(System::ChromeOs),
        "Linux" => Some(System::Linux),
        _ => None,
    }
}

fn other_system(headers: &AgentHeaders<'_>) -> bool {
    let (Some(agent), Some(hint)) = (system_of(headers.user_agent), hinted_system(headers.platform)) else {
        return false;
    };
    use System::{Android, ChromeOs, Ios, Linux, Mac};
    match (agent, hint) {
        (a, b) if a == b => false,
        (Linux | Android | ChromeOs, Linux | Android | ChromeOs) => false,
        // An iPad is a Macintosh unless it is asked for mobile pages.
        (Mac, Ios) | (Ios, Mac) => false,
        _ => true,
    }
}

fn other_size(headers: &AgentHeaders<'_>) -> bool {
    match (headers.mobile, system_of(headers.user_agent)) {
        ("?0", Some(System::Android)) => headers.user_agent.contains("Mobile"),
        ("?1", Some(System::Windows | System::Mac | System::ChromeOs)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: &str =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
    const PHONE: &str =
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36";
    const TABLET: &str =
        "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
    const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1";
    const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const CHROME: &str = r#""Chromium";v="140", "Google Chrome";v="140", "Not=A?Brand";v="24""#;

    #[test]
    fn only_what_no_browser_sends() {
        // User-Agent, brands, mobile, platform, contradiction
        let cases = [
            (WINDOWS, CHROME, "?0", "\"Windows\"", false),
            (WINDOWS, "", "", "", false),
            (WINDOWS, CHROME, "?1", "\"Windows\"", true),
            (WINDOWS, CHROME, "?0", "\"Linux\"", true),
            (WINDOWS, CHROME, "?0", "\"Windows 2077\"", false),
            (PHONE, CHROME, "?1", "\"Android\"", false),
            (PHONE, CHROME, "?0", "\"Android\"", true),
            (PHONE, CHROME, "?1", "\"Windows\"", true),
            (TABLET, CHROME, "?0", "\"Android\"", false),
            (TABLET, CHROME, "?1", "\"Android\"", false),
            (LINUX, CHROME, "?0", "\"Android\"", false),
            (LINUX, CHROME, "?1", "\"Android\"", false),
            (LINUX, CHROME, "?0", "\"macOS\"", true),
            (IPHONE, "", "", "", false),
            (IPHONE, CHROME, "?1", "\"Linux\"", true),
            (FIREFOX, "", "", "", false),
            (FIREFOX, CHROME, "?0", "\"Windows\"", true),
            ("", CHROME, "?0", "\"Windows\"", false),
        ];
        for (user_agent, brands, mobile, platform, expected) in cases {
            let headers = AgentHeaders { user_agent, brands, mobile, platform, platform_version: "" };
            assert_eq!(contradict(&headers), expected, "{user_agent} {brands} {mobile} {platform}");
        }
    }
}
