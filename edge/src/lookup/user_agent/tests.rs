use super::*;

/// User-Agent, device type, OS, browser: agents as their vendors send them.
const AGENTS: [(&str, &str, &str, &str); 18] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "desktop",
        "Windows 10",
        "Chrome 126.0",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87",
        "desktop",
        "Windows 10",
        "Edge 126.0",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "desktop",
        "Windows 10",
        "Firefox 127.0",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "desktop",
        "Mac OS X 10.15",
        "Safari 17.5",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "desktop",
        "Linux",
        "Chrome 126.0",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "desktop",
        "Chrome OS 14541.0",
        "Chrome 126.0",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "mobile",
        "iOS 17.5",
        "Mobile Safari 17.5",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "tablet",
        "iOS 16.6",
        "Mobile Safari 16.6",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "mobile",
        "Android 14",
        "Chrome Mobile 126.0",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "tablet",
        "Android 13",
        "Chrome 126.0",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "mobile",
        "Android 13",
        "Samsung Internet 25.0",
    ),
    (
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
        "console",
        "Other",
        "Safari 13.0",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
        "tv",
        "Linux",
        "Chrome 94.0",
    ),
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "bot",
        "Other",
        "Googlebot 2.1",
    ),
    (
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "bot",
        "Other",
        "FacebookBot 1.1",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/125.2.2 like Chrome/125.0.6422.147 Safari/537.36",
        "tablet",
        "Android 9",
        "Amazon Silk 125.2",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; CUBOT_X20_PRO) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.210 Mobile Safari/537.36",
        "mobile",
        "Android 10",
        "Chrome Mobile 90.0",
    ),
    ("", "other", "Other", "Other"),
];

fn agents() -> UserAgents {
    UserAgents::new(Crawlers::load(None).unwrap()).unwrap()
}

#[test]
fn agents_as_vendors_send_them() {
    let agents = agents();
    for (user_agent, device, os, browser) in AGENTS {
        let agent = agents.parse(&AgentHeaders { user_agent, ..Default::default() });
        let shown = |name: &str, version: &str| match (name, version) {
            ("", _) => "Other".to_owned(),
            (name, "") => name.to_owned(),
            (name, version) => format!("{name} {version}"),
        };
        let got = (
            agent.device_type,
            shown(&agent.os, &agent.os_version),
            shown(&agent.browser, &agent.browser_version),
        );
        if os == "Other" || device == "tv" {
            assert_eq!((got.0, got.2.as_str()), (device, browser), "{user_agent}");
        } else {
            assert_eq!((got.0, got.1.as_str(), got.2.as_str()), (device, os, browser), "{user_agent}");
        }
        assert_eq!(agent.is_crawler, device == "bot");
    }
}

#[test]
fn client_hints_win_over_the_frozen_header() {
    let agents = agents();
    let agent = agents.parse(&AgentHeaders {
        user_agent: AGENTS[0].0,
        brands: r#""Not/A)Brand";v="8", "Chromium";v="126", "Opera";v="112""#,
        mobile: "?0",
        platform: r#""Windows""#,
        platform_version: r#""15.0.0""#,
    });
    assert_eq!((&*agent.os, &*agent.os_version), ("Windows", "15.0"));
    assert_eq!((&*agent.browser, &*agent.browser_version), ("Opera", "112"));
    assert_eq!(agent.device_type, "desktop");
    let phone = agents.parse(&AgentHeaders { user_agent: AGENTS[4].0, mobile: "?1", ..Default::default() });
    assert_eq!(phone.device_type, "mobile");
}

#[test]
fn nothing_makes_it_panic_and_the_second_look_is_the_first() {
    let agents = agents();
    for user_agent in ["\u{0}", "ä€🦀", &"(".repeat(2000), &"Mozilla/5.0 ".repeat(100)] {
        let headers = AgentHeaders { user_agent, brands: "\";v=\"\"", platform: "\"", ..Default::default() };
        assert!(Arc::ptr_eq(&agents.parse(&headers), &agents.parse(&headers)));
    }
}
