//! Crawlers whose operators say how to tell them from those who only take their name: the address has
//! a name in one of the operator's domains (PTR), and that name has the address.
//!
//! As documented by Google (developers.google.com/search/docs/crawling-indexing/verifying-googlebot),
//! Microsoft (bing.com/webmasters/help/how-to-verify-bingbot-3905dc26), Apple
//! (support.apple.com/en-us/119829), Yandex (yandex.com/support/webmaster/robot-workings/
//! check-yandex-robots.html) and Baidu (help.baidu.com/question?prod_id=99&class=0&id=3001).
//! DuckDuckGo publishes addresses instead of names and is not among them.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchEngine {
    Google,
    Bing,
    Apple,
    Yandex,
    Baidu,
}

impl SearchEngine {
    const ALL: [Self; 5] = [Self::Google, Self::Bing, Self::Apple, Self::Yandex, Self::Baidu];

    /// Whose crawler the User-Agent claims to be.
    pub fn claimed(user_agent: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.names().iter().any(|name| user_agent.contains(name)))
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Google => {
                &["Googlebot", "AdsBot-Google", "Mediapartners-Google", "Storebot-Google", "GoogleOther"]
            }
            Self::Bing => &["bingbot", "adidxbot", "msnbot"],
            Self::Apple => &["Applebot"],
            Self::Yandex => &["YandexBot"],
            Self::Baidu => &["Baiduspider"],
        }
    }

    /// Google's list has googleusercontent.com as a whole, but the servers that it rents to everybody
    /// are called *.bc.googleusercontent.com: only the part of its own fetchers counts.
    fn domains(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["googlebot.com", "google.com", "gae.googleusercontent.com"],
            Self::Bing => &["search.msn.com"],
            Self::Apple => &["applebot.apple.com"],
            Self::Yandex => &["yandex.ru", "yandex.net", "yandex.com"],
            Self::Baidu => &["baidu.com", "baidu.jp"],
        }
    }

    /// Whether a host is in one of the operator's domains. `host` in lower case.
    pub fn owns(self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        let within = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.ends_with('.'));
        self.domains().iter().any(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_from_the_agent() {
        let cases = [
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                Some(SearchEngine::Google),
            ),
            (
                "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
                Some(SearchEngine::Bing),
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/600 (Applebot/0.1; +http://www.apple.com/go/applebot)",
                Some(SearchEngine::Apple),
            ),
            ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", Some(SearchEngine::Yandex)),
            ("Mozilla/5.0 (compatible; Baiduspider/2.0)", Some(SearchEngine::Baidu)),
            ("DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)", None),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0", None),
        ];
        for (user_agent, engine) in cases {
            assert_eq!(SearchEngine::claimed(user_agent), engine, "{user_agent}");
        }
    }

    #[test]
    fn a_name_counts_only_within_the_domain() {
        for host in ["crawl-66-249-66-1.googlebot.com", "x.google.com.", "1-2-3-4.gae.googleusercontent.com"]
        {
            assert!(SearchEngine::Google.owns(host), "{host}");
        }
        for host in [
            "googlebot.com.evil.example",
            "evilgooglebot.com",
            "4.3.2.1.bc.googleusercontent.com",
            "googlebot.com",
            "",
        ] {
            assert!(!SearchEngine::Google.owns(host), "{host}");
        }
        assert!(SearchEngine::Bing.owns("msnbot-157-55-39-1.search.msn.com"));
        assert!(!SearchEngine::Bing.owns("x.googlebot.com"));
    }
}
