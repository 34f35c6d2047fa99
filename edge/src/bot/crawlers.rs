//! Which User-Agents are crawlers', and which are programmers' tools: the list of
//! `crawler-user-agents`, built in or from a file.
//!
//! Almost all of its 1500 patterns are plain text once the escapes are gone; those are looked for in
//! one pass (Aho-Corasick), and only the few dozen others are regular expressions. It is asked once
//! an agent, not once a click: the agents cache what it said (`lookup/user_agent.rs`).
//!
//! The list is made for access logs. Where it names what people browse with, it is passed over here:
//! a person who is taken for a bot is worse for the numbers than a bot that is not found.

mod watch;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use aho_corasick::AhoCorasick;
use arc_swap::ArcSwap;
use regex::RegexSet;
use serde::Deserialize;

const BUILT_IN: &str = include_str!("../../data/crawler-user-agents.json");
/// Of a file that takes the place of the built-in list.
const MAX_FILE_BYTES: u64 = 8 << 20;
/// Fewer patterns are no list of crawlers but a mistake.
const MIN_PATTERNS: usize = 10;
const MAX_PATTERNS: usize = 20_000;

/// Patterns that name no crawler: an Android build that millions of phones carry, and the browser
/// inside the apps of Facebook.
const PEOPLE: [&str; 2] = [r"AP3A\.240617\.008", "MetaIAB Facebook"];

/// Apps that fetch previews under their own name, and in which people also browse: then the
/// User-Agent is a browser's and names the app at its end.
const APPS: [&str; 10] = [
    "Viber",
    "WhatsApp",
    r"Notion\/",
    r"Tumblr\/",
    r"PayPal\/",
    r"Code\/1\.",
    r"Trae\/",
    r"Grammarly\/",
    r"Instapaper\/",
    "Fluid",
];
/// Every browser's User-Agent begins so.
const BROWSER: &str = "Mozilla/";

/// Tools and libraries that fetch one address when somebody tells them to. They are no crawlers, and
/// developers use them to try their links out: a lighter sign of its own.
const HTTP_CLIENTS: [&str; 16] = [
    "^curl",
    "[wW]get",
    r"^HTTPie\/",
    "python-requests",
    "Python-urllib",
    "httpx",
    "aiohttp",
    "libwww-perl",
    "Go-http-client",
    "okhttp",
    "^Apache-HttpClient",
    r"AHC\/",
    "HttpUrlConnection",
    "axios",
    "node-fetch",
    r"sindresorhus\/got",
];

/// What a User-Agent is by the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listed {
    #[default]
    No,
    HttpClient,
    Crawler,
}

#[derive(Debug, thiserror::Error)]
pub enum CrawlersError {
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("it is longer than {MAX_FILE_BYTES} bytes")]
    TooLong,
    #[error("it is no list of crawlers: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} patterns: a list has {MIN_PATTERNS} to {MAX_PATTERNS}")]
    Count(usize),
    #[error("pattern {0:?} is empty or matches everything")]
    Everything(String),
    #[error("a pattern does not compile: {0}")]
    Regex(#[from] regex::Error),
    #[error("the patterns do not compile: {0}")]
    Literals(#[from] aho_corasick::BuildError),
}

#[derive(Deserialize)]
struct Entry {
    pattern: String,
}

/// A compiled list.
#[derive(Debug)]
struct CrawlerList {
    literals: AhoCorasick,
    literal_kinds: Box<[Kind]>,
    others: RegexSet,
    other_kinds: Box<[Kind]>,
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    listed: Listed,
    /// Counts at the beginning of the text alone.
    anchored: bool,
    /// Does not count in a browser's User-Agent.
    is_app: bool,
}

impl CrawlerList {
    fn parse(json: &str) -> Result<Self, CrawlersError> {
        let entries: Vec<Entry> = serde_json::from_str(json)?;
        if !(MIN_PATTERNS..=MAX_PATTERNS).contains(&entries.len()) {
            return Err(CrawlersError::Count(entries.len()));
        }
        let (mut literals, mut literal_kinds) = (Vec::new(), Vec::new());
        let (mut others, mut other_kinds) = (Vec::new(), Vec::new());
        for Entry { pattern } in entries.iter().filter(|entry| !PEOPLE.contains(&&*entry.pattern)) {
            let is_client = HTTP_CLIENTS.contains(&&**pattern);
            let listed = if is_client { Listed::HttpClient } else { Listed::Crawler };
            let mut kind = Kind { listed, anchored: false, is_app: APPS.contains(&&**pattern) };
            match literal(pattern) {
                Some((anchored, text)) if !text.is_empty() => {
                    kind.anchored = anchored;
                    literals.push(text);
                    literal_kinds.push(kind);
                }
                Some(_) => return Err(CrawlersError::Everything(pattern.clone())),
                None => {
                    others.push(pattern);
                    other_kinds.push(kind);
                }
            }
        }
        let list = Self {
            literals: AhoCorasick::new(literals)?,
            literal_kinds: literal_kinds.into(),
            others: RegexSet::new(&others)?,
            other_kinds: other_kinds.into(),
        };
        match list.others.matches("").iter().next() {
            Some(at) => Err(CrawlersError::Everything(others[at].clone())),
            None => Ok(list),
        }
    }

    /// The strongest of all patterns that match.
    fn listed(&self, user_agent: &str) -> Listed {
        let is_browser = user_agent.starts_with(BROWSER);
        let literals = self.literals.find_overlapping_iter(user_agent).filter_map(|found| {
            let kind = self.literal_kinds[found.pattern().as_usize()];
            (!kind.anchored || found.start() == 0).then_some(kind)
        });
        let others = self.others.matches(user_agent).into_iter().map(|at| self.other_kinds[at]);
        let counts = literals.chain(others).filter(|kind| !(kind.is_app && is_browser));
        counts.fold(Listed::No, |strongest, kind| match (strongest, kind.listed) {
            (Listed::Crawler, _) | (_, Listed::Crawler) => Listed::Crawler,
            _ => Listed::HttpClient,
        })
    }
}

/// The text that the pattern stands for and whether it must be the beginning; none when it is more than a text.
fn literal(pattern: &str) -> Option<(bool, String)> {
    let (anchored, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let mut text = String::with_capacity(rest.len());
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(char::is_ascii_punctuation)?),
            '[' | ']' | '(' | ')' | '{' | '}' | '.' | '*' | '+' | '?' | '|' | '^' | '$' => return None,
            c => text.push(c),
        }
    }
    Some((anchored, text))
}

/// The list in use; a clone shares it.
#[derive(Debug, Clone)]
pub struct Crawlers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    list: ArcSwap<CrawlerList>,
    generation: AtomicU64,
    path: Option<PathBuf>,
}

impl Crawlers {
    /// From the file, or the built-in ones.
    pub fn load(path: Option<PathBuf>) -> Result<Self, CrawlersError> {
        let list = match &path {
            Some(path) => read(path)?,
            None => CrawlerList::parse(BUILT_IN)?,
        };
        Ok(Self(Arc::new(Inner { list: ArcSwap::from_pointee(list), generation: AtomicU64::new(0), path })))
    }

    pub fn listed(&self, user_agent: &str) -> Listed {
        self.0.list.load().listed(user_agent)
    }

    /// Changes with each list: what was cached under another one is stale.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Relaxed)
    }

    fn replace(&self, list: CrawlerList) {
        self.0.list.store(Arc::new(list));
        self.0.generation.fetch_add(1, Relaxed);
    }
}

fn read(path: &Path) -> Result<CrawlerList, CrawlersError> {
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(CrawlersError::TooLong);
    }
    CrawlerList::parse(&text)
}

#[cfg(test)]
mod tests;
