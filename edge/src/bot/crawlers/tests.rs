use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::*;

#[test]
fn every_special_pattern_is_in_the_list() {
    let entries: Vec<Entry> = serde_json::from_str(BUILT_IN).unwrap();
    for pattern in PEOPLE.iter().chain(&APPS).chain(&HTTP_CLIENTS) {
        assert!(entries.iter().any(|entry| entry.pattern == *pattern), "{pattern} is no longer in the list");
    }
}

#[test]
fn almost_all_patterns_are_plain_text() {
    let list = CrawlerList::parse(BUILT_IN).unwrap();
    assert!(list.literal_kinds.len() > 1400, "{}", list.literal_kinds.len());
    assert!(list.other_kinds.len() < 60, "{}", list.other_kinds.len());
    assert_eq!(literal(r"^Googlebot\/"), Some((true, "Googlebot/".into())));
    assert_eq!(literal(r"a\.b"), Some((false, "a.b".into())));
    for more in [r"\d", "[wW]get", "a|b", "x$", r"a\"] {
        assert_eq!(literal(more), None, "{more}");
    }
}

#[test]
fn crawlers_tools_and_people() {
    let crawlers = Crawlers::load(None).unwrap();
    let cases = [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Listed::Crawler),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36",
            Listed::Crawler,
        ),
        ("WhatsApp/2.23.20.0 A", Listed::Crawler),
        ("AdsBot-Google (+http://www.google.com/adsbot.html)", Listed::Crawler),
        ("Googlebot/2.1 python-requests/2.32", Listed::Crawler),
        ("curl/8.5.0", Listed::HttpClient),
        ("Wget/1.21.4", Listed::HttpClient),
        ("python-requests/2.32.3", Listed::HttpClient),
        ("Mozilla/5.0 curl", Listed::No),
        ("", Listed::No),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", Listed::No),
        (
            "Mozilla/5.0 (Linux; Android 15; CPH2581 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 MetaIAB Facebook",
            Listed::No,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A546B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 Viber/22",
            Listed::No,
        ),
    ];
    for (user_agent, listed) in cases {
        assert_eq!(crawlers.listed(user_agent), listed, "{user_agent}");
    }
}

/// Ten thousand agents by their share of real traffic; none of them is a crawler.
#[test]
fn nobody_in_real_traffic_is_listed() {
    let file = traffoflex_local::engines::geoip::user_agents_path().unwrap();
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Real {
        user_agent: String,
    }
    let real: Vec<Real> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let crawlers = Crawlers::load(None).unwrap();
    assert!(real.len() > 1000);
    for Real { user_agent } in &real {
        assert_eq!(crawlers.listed(user_agent), Listed::No, "{user_agent}");
    }
}

#[test]
fn a_file_that_is_no_list_is_refused() {
    let parse = |json: &str| CrawlerList::parse(json).unwrap_err();
    assert!(matches!(parse("{"), CrawlersError::Json(_)));
    assert!(matches!(parse(r#"[{"pattern":"x"}]"#), CrawlersError::Count(1)));
    let list = |last: &str| {
        let entry = |pattern: &str| format!(r#"{{"pattern":"{pattern}","instances":[]}}"#);
        let mut entries: Vec<String> = (0..MIN_PATTERNS).map(|n| entry(&format!("bot-{n}"))).collect();
        entries.push(entry(last));
        format!("[{}]", entries.join(","))
    };
    assert!(matches!(parse(&list("")), CrawlersError::Everything(_)));
    assert!(matches!(parse(&list(".*")), CrawlersError::Everything(_)));
    assert!(matches!(parse(&list("(")), CrawlersError::Regex(_)));
    assert!(CrawlerList::parse(&list("newbot")).is_ok());
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_a_broken_one_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crawlers.json");
    let list = |name: &str| {
        let entries: Vec<String> =
            (0..MIN_PATTERNS).map(|n| format!(r#"{{"pattern":"{name}-{n}"}}"#)).collect();
        format!("[{}]", entries.join(","))
    };
    std::fs::write(&path, list("first")).unwrap();
    let crawlers = Crawlers::load(Some(path.clone())).unwrap();
    assert_eq!(crawlers.listed("first-3"), Listed::Crawler);
    assert_eq!(crawlers.listed("Googlebot/2.1"), Listed::No, "the file takes the place of the built-in list");

    let stop = CancellationToken::new();
    let watching = tokio::spawn(crawlers.clone().watch_every(Duration::from_millis(5), stop.clone()));
    let eventually = async |holds: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "not in time");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    eventually(&|| crawlers.generation() == 1).await;
    std::fs::write(&path, "[").unwrap();
    std::fs::write(&path, list("second-list")).unwrap();
    eventually(&|| crawlers.listed("second-list-3") == Listed::Crawler).await;
    assert_eq!(crawlers.listed("first-3"), Listed::No);
    let before = crawlers.generation();
    crawlers.read_again(&dir.path().join("missing.json")).await;
    std::fs::write(&path, "not a list").unwrap();
    crawlers.read_again(&path).await;
    assert_eq!(crawlers.generation(), before);
    assert_eq!(crawlers.listed("second-list-3"), Listed::Crawler);
    stop.cancel();
    watching.await.unwrap();
}
