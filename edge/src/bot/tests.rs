//! Whole requests as they come, and what is made of them.

use http::{HeaderName, HeaderValue};
use traffoflex_model::ClientList;
use traffoflex_routing::table::Clients;

use super::*;
use crate::lookup::user_agent::{AgentHeaders, UserAgents};

type Headers<'h> = &'h [(&'static str, &'static str)];

struct Detection {
    detector: BotDetector,
    agents: UserAgents,
}

fn config() -> BotsConfig {
    BotsConfig {
        bot_score_threshold: 60,
        bot_crawlers_path: None,
        bot_datacenter_asns_path: None,
        bot_rate_max_per_minute: 5,
        bot_rate_addresses: 1024,
    }
}

impl Detection {
    fn new() -> Self {
        let detector = BotDetector::new(&config(), None).unwrap();
        let agents = UserAgents::new(detector.crawlers().clone()).unwrap();
        Self { detector, agents }
    }

    fn judge(&self, pairs: Headers<'_>) -> Verdict {
        self.judge_as(pairs, |_| {})
    }

    fn judge_as(&self, pairs: Headers<'_>, change: impl FnOnce(&mut Suspect<'_>)) -> Verdict {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = pairs.iter().map(pair).collect();
        let agent_headers = AgentHeaders::of(&headers);
        let agent = self.agents.parse(&agent_headers);
        let mut suspect = Suspect {
            ip: "127.0.0.1".parse().unwrap(),
            asn: 0,
            method: &Method::GET,
            headers: &headers,
            user_agent: agent_headers.user_agent,
            agent: &agent,
            clients: None,
            from_proxy: false,
            now_ms: 1_800_000_000_000,
        };
        change(&mut suspect);
        self.detector.judge(&suspect)
    }
}

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
const ENGLISH: (&str, &str) = ("accept-language", "en-US,en;q=0.9");
const ANY: (&str, &str) = ("accept", "*/*");
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

#[test]
fn browsers_are_people() {
    let chrome_brands = ("sec-ch-ua", r#""Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141""#);
    let webview_brands =
        ("sec-ch-ua", r#""Android WebView";v="141", "Not?A_Brand";v="8", "Chromium";v="141""#);
    let (small, large) = (("sec-ch-ua-mobile", "?1"), ("sec-ch-ua-mobile", "?0"));
    let platform = |name: &'static str| ("sec-ch-ua-platform", name);
    let ua = |text: &'static str| ("user-agent", text);
    let navigate = ("sec-fetch-mode", "navigate");
    let people: &[Headers<'_>] = &[
        // Desktop browsers.
        &[ua(CHROME), HTML, ENGLISH, chrome_brands, large, platform("\"Windows\""), navigate],
        &[
            ua(
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            ),
            HTML,
            ENGLISH,
            chrome_brands,
            large,
            platform("\"macOS\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            ),
            HTML,
            ENGLISH,
            chrome_brands,
            large,
            platform("\"Chrome OS\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            ),
            HTML,
            ENGLISH,
            ("sec-ch-ua", r#""Microsoft Edge";v="141", "Not?A_Brand";v="8", "Chromium";v="141""#),
            large,
            platform("\"Windows\""),
            navigate,
        ],
        &[
            ua("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"),
            HTML,
            ENGLISH,
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            ),
            HTML,
            ENGLISH,
        ],
        // Phones and tablets.
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            ),
            HTML,
            ENGLISH,
        ],
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
            ),
            HTML,
            ENGLISH,
        ],
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            ),
            HTML,
            ENGLISH,
            chrome_brands,
            small,
            platform("\"Android\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            ),
            HTML,
            ENGLISH,
            chrome_brands,
            large,
            platform("\"Android\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            ),
            HTML,
            ENGLISH,
            ("sec-ch-ua", r#""Chromium";v="130", "Samsung Internet";v="28", "Not?A_Brand";v="99""#),
            small,
            platform("\"Android\""),
            navigate,
        ],
        &[
            ua("Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"),
            HTML,
            ENGLISH,
            navigate,
        ],
        // Android's "desktop site".
        &[
            ua(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            ),
            HTML,
            ENGLISH,
            chrome_brands,
            large,
            platform("\"Android\""),
            navigate,
        ],
        // Browsers inside apps.
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 15; SM-S921B Build/AP3A.240905.015.A2; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.7390.43 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.48.74;]",
            ),
            HTML,
            ENGLISH,
            webview_brands,
            small,
            platform("\"Android\""),
            ("x-requested-with", "com.facebook.katana"),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 15; CPH2581 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.7390.43 Mobile Safari/537.36 MetaIAB Facebook",
            ),
            HTML,
            ENGLISH,
            webview_brands,
            small,
            platform("\"Android\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.36.109;FBBV/613018046;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]",
            ),
            HTML,
            ENGLISH,
        ],
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E219 Instagram 330.0.3.29.92 (iPhone14,7; iOS 17_4; en_US; en; scale=3.00; 1170x2532; 590000000)",
            ),
            HTML,
            ENGLISH,
        ],
        &[
            ua(
                "Mozilla/5.0 (Linux; Android 13; M2101K6G Build/TKQ1.221013.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 musical_ly_2023405030 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/34.5.3 ByteLocale/en ByteFullLocale/en Region/US AppId/1233",
            ),
            HTML,
            ENGLISH,
            webview_brands,
            small,
            platform("\"Android\""),
            navigate,
        ],
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_34.5.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en Region/US isDarkMode/1 WKWebView/1 BytedanceWebview/d8a21c6",
            ),
            HTML,
            ENGLISH,
        ],
        &[
            ua(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Snapchat/12.90.0.43 (like Safari/8618.2.12.10.9, panda)",
            ),
            HTML,
            ENGLISH,
        ],
    ];
    let detection = Detection::new();
    for headers in people {
        let verdict = detection.judge(headers);
        assert_eq!((verdict.score, verdict.names().as_ref(), verdict.is_bot), (0, "", false), "{headers:?}");
    }
}

#[test]
fn machines_are_not() {
    let ua = |text: &'static str| ("user-agent", text);
    let machines: &[(Headers<'_>, &str)] = &[
        (
            &[ua("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), ANY],
            "crawler_user_agent,missing_headers",
        ),
        (
            &[
                ua(
                    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
                ),
                HTML,
                ENGLISH,
            ],
            "crawler_user_agent",
        ),
        (
            &[ua("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"), ANY],
            "crawler_user_agent,missing_headers",
        ),
        (
            &[
                ua(
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
                ),
                HTML,
            ],
            "crawler_user_agent,missing_headers",
        ),
        (&[ua("TelegramBot (like TwitterBot)"), ENGLISH, ANY], "crawler_user_agent"),
        (&[ua(CHROME), HTML, ENGLISH, ("sec-purpose", "prefetch;prerender")], "prefetch"),
        (&[ua(CHROME), HTML, ENGLISH, ("x-purpose", "preview")], "preview"),
        (
            &[ua(CHROME), ANY, ("sec-ch-ua", "\"Chromium\";v=\"141\""), ("sec-ch-ua-platform", "\"Linux\"")],
            "contradictory_headers,missing_headers",
        ),
    ];
    let detection = Detection::new();
    for (headers, names) in machines {
        let verdict = detection.judge(headers);
        assert_eq!((verdict.names().as_ref(), verdict.is_bot), (*names, true), "{headers:?}");
    }
    let head = detection.judge_as(&[ua(CHROME), HTML, ENGLISH], |suspect| suspect.method = &Method::HEAD);
    assert_eq!((head.names().as_ref(), head.score, head.is_bot), ("head_request", 70, true));
}

#[test]
fn a_weak_sign_alone_is_recorded_and_no_verdict() {
    let ua = |text: &'static str| ("user-agent", text);
    let detection = Detection::new();
    let weak: &[(Headers<'_>, &str)] = &[
        (&[ua(CHROME), HTML], "missing_headers"),
        (&[ua("curl/8.5.0"), ANY], "http_client,missing_headers"),
        (&[ua("python-requests/2.32.3"), ANY], "http_client,missing_headers"),
        (&[ANY], "missing_user_agent,missing_headers"),
        (&[], "missing_user_agent,missing_headers"),
        (&[ua("something of our own"), ANY], "missing_headers"),
        (&[ua(CHROME), HTML, ENGLISH, ("sec-ch-ua-mobile", "?1")], "contradictory_headers"),
    ];
    for (headers, names) in weak {
        let verdict = detection.judge(headers);
        assert_eq!((verdict.names().as_ref(), verdict.is_bot), (*names, false), "{headers:?}");
        // From a server's address the same is a bot's, unless a header is all that is missing.
        let hosted = detection.judge_as(headers, |suspect| suspect.asn = 16509);
        assert_eq!(hosted.is_bot, *names != "missing_headers", "{headers:?}");
    }
    let vpn = detection.judge_as(&[ua(CHROME), HTML, ENGLISH], |suspect| suspect.asn = 16509);
    assert_eq!((vpn.names().as_ref(), vpn.score, vpn.is_bot), ("datacenter_asn", 40, false));
}

#[test]
fn lists_of_the_workspace_decide_and_people_win() {
    let detection = Detection::new();
    let list = |ips: &[&str], user_agents: &[&str], asns: &[u32]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let list = ClientList { ips: owned(ips), user_agents: owned(user_agents), asns: asns.to_vec() };
        Clients::compile(&list).unwrap()
    };
    let person: Headers<'_> = &[("user-agent", CHROME), HTML, ENGLISH];
    let judge = |clients: WorkspaceClients, headers: Headers<'_>| {
        let verdict = detection.judge_as(headers, |suspect| {
            suspect.ip = "203.0.113.9".parse().unwrap();
            suspect.asn = 64512;
            // Far apart: the rate is not what is tested.
            suspect.now_ms = fastrand::i64(0..1 << 40);
            suspect.clients = Some(Box::leak(Box::new(clients)));
        });
        (verdict.names().into_owned(), verdict.is_bot)
    };
    let bots = |bots| WorkspaceClients { bots, ..Default::default() };
    assert_eq!(judge(bots(list(&[], &[], &[])), person), (String::new(), false));
    assert_eq!(judge(bots(list(&["203.0.113.0/24"], &[], &[])), person), ("listed_ip".into(), true));
    assert_eq!(judge(bots(list(&[], &["WIN64"], &[])), person), ("listed_user_agent".into(), true));
    assert_eq!(judge(bots(list(&[], &[], &[64512])), person), ("listed_asn".into(), true));
    let crawler: Headers<'_> = &[("user-agent", "Googlebot/2.1")];
    for people in [list(&["203.0.113.9"], &[], &[]), list(&[], &["googlebot"], &[]), list(&[], &[], &[64512])]
    {
        let clients = WorkspaceClients { bots: list(&["203.0.113.0/24"], &[], &[64512]), people };
        assert_eq!(judge(clients, crawler), (String::new(), false));
    }
}

#[test]
fn an_address_that_clicks_too_often_is_one_and_the_threshold_is_set() {
    let detection = Detection::new();
    let person: Headers<'_> = &[("user-agent", CHROME), HTML, ENGLISH];
    let click = |ip: &str| detection.judge_as(person, |suspect| suspect.ip = ip.parse().unwrap());
    for n in 0..5 {
        assert!(!click("203.0.113.7").is_bot, "{n}");
    }
    let sixth = click("203.0.113.7");
    assert_eq!((sixth.names().as_ref(), sixth.is_bot), ("rate_limit", true));
    for _ in 0..50 {
        assert!(!click("127.0.0.1").is_bot, "loopback has no limit");
    }
    let strict = BotDetector::new(&BotsConfig { bot_score_threshold: 10, ..config() }, None).unwrap();
    let strict = Detection { agents: UserAgents::new(strict.crawlers().clone()).unwrap(), detector: strict };
    assert!(strict.judge(&[("user-agent", CHROME), HTML]).is_bot);
}
