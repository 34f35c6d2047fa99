//! Whether an address is the crawler's it claims to be, asked in the background and remembered.
//!
//! The way that the operators document: the address has a name (PTR) in one of the operator's domains,
//! and that name has the address. A click never waits: the first ones of an address are answered
//! without a verdict, later ones with it. What the resolver could not tell is no verdict either, and
//! is asked again after a while.
//!
//! Memory is bounded: so many verdicts, so many questions waiting; what does not fit is not asked.

use std::{net::IpAddr, sync::Arc};

use quick_cache::sync::Cache;
use tokio::{
    sync::{
        Mutex,
        mpsc::{self, error::TrySendError},
    },
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use traffoflex_dns::{DnsError, Resolver};

use crate::{bot::search_engine::SearchEngine, clock::now_ms};

/// Verdicts kept, some 100 bytes each.
const VERDICTS: usize = 16_384;
/// Questions waiting. Bots that take a crawler's name may come from any number of addresses.
const QUEUE: usize = 1024;
/// Questions under way at once.
const IN_FLIGHT: usize = 8;
/// Names of one address that are looked at.
const MAX_NAMES: usize = 4;

const HOUR_MS: i64 = 3_600_000;
const GENUINE_MS: i64 = 24 * HOUR_MS;
const FAKE_MS: i64 = HOUR_MS;
/// Until a question whose answer was lost, or that the resolver could not answer, is asked again.
const UNKNOWN_MS: i64 = 60_000;

const ANSWERS: &str = "traffoflex_crawler_verifications_total";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Genuine,
    Fake,
    /// Not known yet, or not to be found out.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    identity: Identity,
    until_ms: i64,
}

type Claim = (IpAddr, SearchEngine);

/// A clone shares verdicts and queue.
#[derive(Clone)]
pub struct CrawlerVerifier(Arc<Inner>);

struct Inner {
    kept: Cache<Claim, Kept>,
    queue: mpsc::Sender<Claim>,
    waiting: Mutex<mpsc::Receiver<Claim>>,
    resolver: Resolver,
}

impl CrawlerVerifier {
    pub fn new(resolver: Resolver) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Self(Arc::new(Inner { kept: Cache::new(VERDICTS), queue, waiting: Mutex::new(waiting), resolver }))
    }

    /// What is known now; asks when nothing is. Does not wait.
    pub fn identity(&self, ip: IpAddr, engine: SearchEngine, now_ms: i64) -> Identity {
        let claim = (ip, engine);
        let kept = self.0.kept.get(&claim);
        if let Some(kept) = kept.filter(|kept| now_ms < kept.until_ms) {
            return kept.identity;
        }
        // The old verdict stands while it is being renewed.
        let identity = kept.map_or(Identity::Unknown, |kept| kept.identity);
        // Kept before it is asked, so that a quick answer is not written over.
        self.0.kept.insert(claim, Kept { identity, until_ms: now_ms + UNKNOWN_MS });
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = self.0.queue.try_send(claim) {
            metrics::counter!(ANSWERS, "answer" => "not_asked").increment(1);
        }
        identity
    }

    /// Answers questions until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut waiting = self.0.waiting.lock().await;
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                // What is under way is dropped with the set.
                () = stop.cancelled() => return,
                Some(_) = under_way.join_next() => {}
                claim = waiting.recv(), if under_way.len() < IN_FLIGHT => {
                    let Some(claim) = claim else { return };
                    under_way.spawn(self.clone().answer(claim));
                }
            }
        }
    }

    async fn answer(self, claim: Claim) {
        let (ip, engine) = claim;
        let (identity, answer, kept_ms) = match self.verify(ip, engine).await {
            Ok(true) => (Identity::Genuine, "genuine", GENUINE_MS),
            Ok(false) => (Identity::Fake, "fake", FAKE_MS),
            Err(error) => {
                tracing::debug!(%error, ?engine, "crawler not verified");
                metrics::counter!(ANSWERS, "answer" => "unknown").increment(1);
                // An earlier verdict is better than none.
                return;
            }
        };
        metrics::counter!(ANSWERS, "answer" => answer).increment(1);
        self.0.kept.insert(claim, Kept { identity, until_ms: now_ms() + kept_ms });
    }

    async fn verify(&self, ip: IpAddr, engine: SearchEngine) -> Result<bool, DnsError> {
        let names = match self.0.resolver.reverse(ip).await {
            Ok(names) => names,
            Err(DnsError::NotFound { .. }) => return Ok(false),
            Err(failed) => return Err(failed),
        };
        for name in names.iter().filter(|name| engine.owns(name)).take(MAX_NAMES) {
            match self.0.resolver.lookup_ip(name).await {
                Ok(addresses) if addresses.iter().any(|address| address.to_canonical() == ip) => {
                    return Ok(true);
                }
                Ok(_) | Err(DnsError::NotFound { .. }) => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
