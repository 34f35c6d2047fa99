//! Whether a person made a click: signs, each with its weight, and their sum.
//!
//! The signs and their weights are in `traffoflex_model::BotReason`; each is found in a file of its own
//! here. A click whose score reaches the threshold is a bot's: it is kept, counted apart and treated by
//! its campaign's policy. Signs too weak for that are recorded all the same.
//!
//! This protects numbers and budgets. It is not made to show reviewers of ad networks another page
//! than visitors, and gives no signs for that.
//!
//! Nothing here waits or asks anybody: what is known of a User-Agent is cached with its parsed form,
//! lists are compiled when they change, and DNS answers in the background.

pub mod contradiction;
pub mod crawlers;
mod datacenter;
mod metrics;
mod missing;
mod purpose;
mod rate;
pub mod search_engine;

use std::{borrow::Cow, net::IpAddr, sync::Arc};

pub use datacenter::AsnListError;
use http::{HeaderMap, Method};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use traffoflex_dns::Resolver;
use traffoflex_model::{BotReason, BotReasons};
use traffoflex_routing::table::WorkspaceClients;

use self::{
    crawlers::{Crawlers, CrawlersError},
    datacenter::DatacenterAsns,
    metrics::VerdictMetrics,
    rate::RateByAddress,
};
use crate::{
    config::BotsConfig,
    lookup::{
        reverse_dns::{CrawlerVerifier, Identity},
        user_agent::Agent,
    },
};

#[derive(Debug, thiserror::Error)]
pub enum BotSetUpError {
    #[error("BOT_CRAWLERS_PATH {path}: {source}")]
    Crawlers { path: String, source: CrawlersError },
    #[error(transparent)]
    Asns(#[from] AsnListError),
}

/// What was found about one click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// 0 to 100.
    pub score: u8,
    pub reasons: BotReasons,
    pub is_bot: bool,
}

impl Verdict {
    /// Names of the signs, strongest first, separated by commas.
    pub fn names(&self) -> Cow<'static, str> {
        let mut names = self.reasons.iter().map(BotReason::as_str);
        let Some(first) = names.next() else { return Cow::Borrowed("") };
        let Some(second) = names.next() else { return Cow::Borrowed(first) };
        let mut text = String::with_capacity(64);
        text.push_str(first);
        for name in std::iter::once(second).chain(names) {
            text.push(',');
            text.push_str(name);
        }
        Cow::Owned(text)
    }
}

/// What a verdict is made from.
#[derive(Debug, Clone, Copy)]
pub struct Suspect<'a> {
    /// The visitor's.
    pub ip: IpAddr,
    /// 0: unknown.
    pub asn: u32,
    pub method: &'a Method,
    pub headers: &'a HeaderMap,
    pub user_agent: &'a str,
    pub agent: &'a Agent,
    /// The workspace's own lists.
    pub clients: Option<&'a WorkspaceClients>,
    /// The request was handed over by a proxy of ours.
    pub from_proxy: bool,
    pub now_ms: i64,
}

/// A clone is one reference count.
#[derive(Clone)]
pub struct BotDetector(Arc<Parts>);

struct Parts {
    threshold: u8,
    crawlers: Crawlers,
    datacenters: DatacenterAsns,
    rate: Option<RateByAddress>,
    /// None where there is no DNS.
    verifier: Option<CrawlerVerifier>,
    metrics: VerdictMetrics,
}

impl BotDetector {
    /// Without a resolver, crawlers are taken at their word.
    pub fn new(config: &BotsConfig, resolver: Option<Resolver>) -> Result<Self, BotSetUpError> {
        let path = config.crawlers_path();
        let shown = path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let crawlers =
            Crawlers::load(path).map_err(|source| BotSetUpError::Crawlers { path: shown, source })?;
        Ok(Self(Arc::new(Parts {
            threshold: config.bot_score_threshold,
            crawlers,
            datacenters: DatacenterAsns::load(config.datacenter_asns_path().as_deref())?,
            rate: RateByAddress::new(config.bot_rate_max_per_minute, config.bot_rate_addresses),
            verifier: resolver.map(CrawlerVerifier::new),
            metrics: VerdictMetrics::new(),
        })))
    }

    pub fn crawlers(&self) -> &Crawlers {
        &self.0.crawlers
    }

    /// What goes on beside the clicks: the crawler list's file and the questions to DNS.
    pub fn spawn_background(&self, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        tasks.spawn(self.0.crawlers.clone().watch(stop.child_token()));
        if let Some(verifier) = &self.0.verifier {
            tasks.spawn(verifier.clone().run(stop.child_token()));
        }
    }

    /// Judges one click and counts it.
    pub fn judge(&self, suspect: &Suspect<'_>) -> Verdict {
        let clients = suspect.clients;
        let too_often = self.0.rate.as_ref().is_some_and(|rate| rate.exceeds(suspect.ip, suspect.now_ms));
        // Whom the workspace calls a person is one.
        if clients.is_some_and(|clients| clients.people.have(suspect.ip, suspect.user_agent, suspect.asn)) {
            return Verdict::default();
        }
        let mut reasons = self.signs(suspect);
        reasons.insert_if(too_often, BotReason::RateLimit);
        let score = reasons.score();
        let verdict = Verdict { score, reasons, is_bot: score >= self.0.threshold };
        self.0.metrics.judged(&verdict);
        verdict
    }

    /// Everything but the rate.
    fn signs(&self, suspect: &Suspect<'_>) -> BotReasons {
        let Suspect { ip, asn, headers, user_agent, agent, .. } = *suspect;
        let mut found = BotReasons::default();
        if let Some(WorkspaceClients { bots, .. }) = suspect.clients {
            found.insert_if(bots.has_ip(ip), BotReason::ListedIp);
            found.insert_if(bots.has_user_agent(user_agent), BotReason::ListedUserAgent);
            found.insert_if(bots.has_asn(asn), BotReason::ListedAsn);
        }
        found.insert_if(agent.is_crawler, BotReason::CrawlerUserAgent);
        found.insert_if(agent.is_http_client, BotReason::HttpClient);
        found.insert_if(user_agent.is_empty(), BotReason::MissingUserAgent);
        found.insert_if(agent.contradicts_itself, BotReason::ContradictoryHeaders);
        found.insert_if(suspect.method == Method::HEAD, BotReason::HeadRequest);
        found.insert_if(self.0.datacenters.contains(asn), BotReason::DatacenterAsn);
        found.insert_if(
            missing::misses_headers(headers, agent, suspect.from_proxy),
            BotReason::MissingHeaders,
        );
        if let Some(purpose) = purpose::sign(headers) {
            found.insert(purpose);
        }
        if let Some(identity) = self.identity(suspect) {
            found.insert_if(identity == Identity::Genuine, BotReason::VerifiedCrawler);
            found.insert_if(identity == Identity::Fake, BotReason::FakeCrawler);
        }
        found
    }

    /// Of a claimed crawler whose address DNS can know.
    fn identity(&self, suspect: &Suspect<'_>) -> Option<Identity> {
        let engine = suspect.agent.search_engine?;
        let verifier = self.0.verifier.as_ref().filter(|_| rate::is_public(suspect.ip))?;
        Some(verifier.identity(suspect.ip, engine, suspect.now_ms))
    }
}

#[cfg(test)]
mod tests;
