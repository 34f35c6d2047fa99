//! Device, OS and browser from User-Agent and Client Hints.
//!
//! Families and versions come from the uap-core patterns (`edge/data`); the kind of device from
//! words that vendors document. Client Hints win over the header, which browsers have frozen.
//! Parsing takes tens of microseconds, so results are cached, on each thread its own: real traffic
//! repeats its agents, and no click waits for another one's insert.

use std::{cell::RefCell, sync::Arc};

use http::HeaderMap;
use quick_cache::unsync::Cache;
use thread_local::ThreadLocal;
use ua_parser::{Extractor, Regexes};
use xxhash_rust::xxh3::Xxh3;

use crate::bot::{
    contradiction,
    crawlers::{Crawlers, Listed},
    search_engine::SearchEngine,
};

/// A longer User-Agent is cut before it is looked at and stored.
pub const MAX_USER_AGENT_BYTES: usize = 1024;
/// Agents kept parsed on each thread: about 5 MB.
const CACHE_AGENTS: usize = 16_384;
/// Longest name taken over from a Client Hint: columns of these names are dictionaries.
const MAX_HINT_BYTES: usize = 32;
const PATTERNS: &str = include_str!("../../data/uap-core.json");

/// Unknown text is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agent {
    /// `desktop`, `mobile`, `tablet`, `tv`, `console`, `bot` or `other`.
    pub device_type: &'static str,
    pub os: Box<str>,
    pub os_version: Box<str>,
    pub browser: Box<str>,
    pub browser_version: Box<str>,
    /// It says of itself that it is a crawler.
    pub is_crawler: bool,
    /// A programmer's tool, for example curl.
    pub is_http_client: bool,
    /// Whose crawler it claims to be, where that can be verified.
    pub search_engine: Option<SearchEngine>,
    /// Its User-Agent and its hints are not of one browser.
    pub contradicts_itself: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    #[error("user agent patterns: {0}")]
    Json(#[from] serde_json::Error),
    #[error("user agent patterns: {0}")]
    Compile(#[from] ua_parser::Error),
}

pub struct UserAgents {
    extractor: Extractor<'static>,
    crawlers: Crawlers,
    cache: ThreadLocal<RefCell<Cache<u128, Arc<Agent>>>>,
}

/// What a request says of its agent.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgentHeaders<'a> {
    /// Cut to [`MAX_USER_AGENT_BYTES`].
    pub user_agent: &'a str,
    pub brands: &'a str,
    pub mobile: &'a str,
    pub platform: &'a str,
    pub platform_version: &'a str,
}

impl<'a> AgentHeaders<'a> {
    pub fn of(headers: &'a HeaderMap) -> Self {
        let text = |name: &str| {
            headers.get(name).and_then(|v| std::str::from_utf8(v.as_bytes()).ok()).unwrap_or_default()
        };
        let cut = |text: &'a str| &text[..text.floor_char_boundary(MAX_USER_AGENT_BYTES)];
        Self {
            user_agent: cut(text("user-agent")),
            brands: cut(text("sec-ch-ua")),
            mobile: cut(text("sec-ch-ua-mobile")),
            platform: cut(text("sec-ch-ua-platform")),
            platform_version: cut(text("sec-ch-ua-platform-version")),
        }
    }

    /// `generation`: of the crawler list that the result depends on.
    fn key(&self, generation: u64) -> u128 {
        let mut hasher = Xxh3::with_seed(generation);
        for part in [self.user_agent, self.brands, self.mobile, self.platform, self.platform_version] {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        hasher.digest128()
    }
}

impl UserAgents {
    pub fn new(crawlers: Crawlers) -> Result<Self, PatternError> {
        let patterns: Regexes<'static> = serde_json::from_str(PATTERNS)?;
        Ok(Self { extractor: Extractor::try_from(patterns)?, crawlers, cache: ThreadLocal::new() })
    }

    pub fn parse(&self, headers: &AgentHeaders<'_>) -> Arc<Agent> {
        let key = headers.key(self.crawlers.generation());
        let cache = self.cache.get_or(|| RefCell::new(Cache::new(CACHE_AGENTS)));
        if let Some(agent) = cache.borrow().get(&key) {
            return agent.clone();
        }
        let agent = Arc::new(self.parse_anew(headers));
        cache.borrow_mut().insert(key, agent.clone());
        agent
    }

    fn parse_anew(&self, headers: &AgentHeaders<'_>) -> Agent {
        let text = headers.user_agent;
        let listed = self.crawlers.listed(text);
        let search_engine = SearchEngine::claimed(text);
        let named = listed == Listed::Crawler || search_engine.is_some() || self.is_spider(text);
        let mut agent = Agent {
            is_crawler: named,
            is_http_client: !named && listed == Listed::HttpClient,
            search_engine,
            contradicts_itself: contradiction::contradict(headers),
            ..Agent::default()
        };
        if let Some(browser) = self.extractor.ua.extract(text) {
            agent.browser_version = version([browser.major, browser.minor]);
            agent.browser = browser.family.into();
        }
        if let Some(os) = self.extractor.os.extract(text) {
            agent.os_version = version([os.major.as_deref(), os.minor.as_deref()]);
            agent.os = os.os.into();
        }
        apply_hints(&mut agent, headers);
        agent.device_type = device_type(&agent, text, headers.mobile);
        agent
    }

    /// By the patterns of uap-core, which take Amazon's browser (Silk) and CUBOT's phones for spiders.
    fn is_spider(&self, text: &str) -> bool {
        let of_people = text.starts_with("Mozilla/") && (text.contains(" Silk/") || text.contains("CUBOT"));
        !of_people && self.extractor.dev.extract(text).is_some()
    }
}

fn version(parts: [Option<&str>; 2]) -> Box<str> {
    match parts {
        [Some(major), Some(minor)] => format!("{major}.{minor}").into(),
        [Some(major), None] => major.into(),
        _ => "".into(),
    }
}

/// User-Agent Client Hints (W3C community draft): structured header strings in quotes.
fn apply_hints(agent: &mut Agent, headers: &AgentHeaders<'_>) {
    let unquoted = |text: &'_ str| {
        let text = text.trim().trim_matches('"');
        text[..text.floor_char_boundary(MAX_HINT_BYTES)].to_owned()
    };
    match unquoted(headers.platform).as_str() {
        "" | "Unknown" => {}
        platform => {
            let name = if platform == "macOS" { "Mac OS X" } else { platform };
            if *agent.os != *name {
                agent.os = name.into();
                agent.os_version = "".into();
            }
            let full = unquoted(headers.platform_version);
            let mut parts = full.split('.');
            if let Some(major) = parts.next().filter(|major| !major.is_empty()) {
                agent.os_version = version([Some(major), parts.next()]);
            }
        }
    }
    if let Some((brand, major)) = hinted_browser(headers.brands) {
        // The same browser keeps its finer version from the header.
        if *agent.browser != *brand && !agent.browser.starts_with(brand) {
            agent.browser = brand[..brand.floor_char_boundary(MAX_HINT_BYTES)].into();
            agent.browser_version = major[..major.floor_char_boundary(MAX_HINT_BYTES)].into();
        }
    }
}

/// `"Google Chrome";v="126", "Chromium";v="126", "Not/A)Brand";v="8"` names the browser beside its engine and a decoy.
fn hinted_browser(brands: &str) -> Option<(&str, &str)> {
    let listed = brands.split(", ").filter_map(|brand| {
        let (name, version) = brand.trim().strip_prefix('"')?.split_once("\";v=\"")?;
        Some((name, version.trim_end_matches('"')))
    });
    let (name, version) = listed.filter(|(name, _)| !name.contains("Brand") && *name != "Chromium").last()?;
    let name = match name {
        "Google Chrome" => "Chrome",
        "Microsoft Edge" => "Edge",
        other => other,
    };
    Some((name, version))
}

fn device_type(agent: &Agent, text: &str, mobile_hint: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let android = &*agent.os == "Android";
    if agent.is_crawler {
        "bot"
    } else if has(&["PlayStation", "Xbox", "Nintendo"]) {
        "console"
    } else if has(&[
        "SmartTV",
        "SMART-TV",
        "Smart TV",
        "AppleTV",
        "Apple TV",
        "HbbTV",
        "Roku",
        "BRAVIA",
        "CrKey",
        "AFTS",
        "AFTT",
        "Android TV",
        "Tizen/",
    ]) && !has(&["Mobile"])
    {
        "tv"
    } else if has(&["iPad", "Tablet", "Kindle", "Silk/"])
        || (android && !has(&["Mobile"]) && mobile_hint != "?1")
    {
        "tablet"
    } else if mobile_hint == "?1"
        || android
        || has(&["iPhone", "iPod", "Mobile", "Windows Phone", "Opera Mini", "BlackBerry"])
    {
        "mobile"
    } else if matches!(
        &*agent.os,
        "Windows" | "Mac OS X" | "Linux" | "Chrome OS" | "Ubuntu" | "Fedora" | "FreeBSD" | "OpenBSD"
    ) {
        "desktop"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests;
