//! Signs that no person made a click. The set is closed: each sign has a name that events and reports
//! carry, a weight, and a sentence for the UI.
//!
//! The score of a click is the sum of the weights of its signs, at most 100; the node calls the click
//! a bot's from a threshold on (60 unless it is set otherwise). A weight of 60 or more is therefore a
//! verdict of its own; lighter signs are recorded and count only together, because people show each
//! of them too: they use VPNs, odd clients and browsers that leave a header out.

/// Strongest first: the order in which the signs of a click are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BotReason {
    ListedIp,
    ListedUserAgent,
    ListedAsn,
    FakeCrawler,
    CrawlerUserAgent,
    Preview,
    Prefetch,
    HeadRequest,
    RateLimit,
    ContradictoryHeaders,
    DatacenterAsn,
    HttpClient,
    MissingUserAgent,
    MissingHeaders,
    VerifiedCrawler,
}

impl BotReason {
    /// In the order of the enum.
    pub const ALL: [Self; 15] = [
        Self::ListedIp,
        Self::ListedUserAgent,
        Self::ListedAsn,
        Self::FakeCrawler,
        Self::CrawlerUserAgent,
        Self::Preview,
        Self::Prefetch,
        Self::HeadRequest,
        Self::RateLimit,
        Self::ContradictoryHeaders,
        Self::DatacenterAsn,
        Self::HttpClient,
        Self::MissingUserAgent,
        Self::MissingHeaders,
        Self::VerifiedCrawler,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListedIp => "listed_ip",
            Self::ListedUserAgent => "listed_user_agent",
            Self::ListedAsn => "listed_asn",
            Self::FakeCrawler => "fake_crawler",
            Self::CrawlerUserAgent => "crawler_user_agent",
            Self::Preview => "preview",
            Self::Prefetch => "prefetch",
            Self::HeadRequest => "head_request",
            Self::RateLimit => "rate_limit",
            Self::ContradictoryHeaders => "contradictory_headers",
            Self::DatacenterAsn => "datacenter_asn",
            Self::HttpClient => "http_client",
            Self::MissingUserAgent => "missing_user_agent",
            Self::MissingHeaders => "missing_headers",
            Self::VerifiedCrawler => "verified_crawler",
        }
    }

    /// What it adds to the score.
    pub const fn weight(self) -> u8 {
        match self {
            // The workspace says so, or the client lies about who it is.
            Self::ListedIp | Self::ListedUserAgent | Self::ListedAsn | Self::FakeCrawler => 100,
            // The client says so itself.
            Self::CrawlerUserAgent | Self::Preview | Self::Prefetch => 80,
            Self::HeadRequest => 70,
            Self::RateLimit => 60,
            // Some people change their User-Agent by hand.
            Self::ContradictoryHeaders => 50,
            // VPNs end in datacenters, and developers click with curl.
            Self::DatacenterAsn | Self::HttpClient | Self::MissingUserAgent => 40,
            Self::MissingHeaders => 10,
            // Says which crawler it is; that it is one, its User-Agent has said.
            Self::VerifiedCrawler => 0,
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Self::ListedIp => "Its address is in the workspace's list of bots.",
            Self::ListedUserAgent => "Its User-Agent is in the workspace's list of bots.",
            Self::ListedAsn => "Its network (ASN) is in the workspace's list of bots.",
            Self::FakeCrawler => "It claims to be a search engine's crawler, and DNS says it is not.",
            Self::CrawlerUserAgent => "Its User-Agent names a crawler, preview fetcher or browser robot.",
            Self::Preview => "The browser says that it only draws a preview.",
            Self::Prefetch => "The browser says that it loads ahead of a click.",
            Self::HeadRequest => "It asked for the headers alone (HEAD).",
            Self::RateLimit => "Its address clicked more often than a person can.",
            Self::ContradictoryHeaders => "Its User-Agent and its client hints name different systems.",
            Self::DatacenterAsn => "Its network (ASN) belongs to a hosting company.",
            Self::HttpClient => "Its User-Agent is a programmer's tool, for example curl.",
            Self::MissingUserAgent => "It sent no User-Agent.",
            Self::MissingHeaders => "It left out headers that browsers send.",
            Self::VerifiedCrawler => "DNS confirms which search engine's crawler it is.",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The signs of one click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BotReasons(u32);

impl BotReasons {
    pub const MAX_SCORE: u8 = 100;

    pub fn insert(&mut self, reason: BotReason) {
        self.0 |= reason.bit();
    }

    pub fn insert_if(&mut self, holds: bool, reason: BotReason) {
        self.0 |= u32::from(holds) << reason as u32;
    }

    pub fn contains(self, reason: BotReason) -> bool {
        self.0 & reason.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Strongest first.
    pub fn iter(mut self) -> impl Iterator<Item = BotReason> {
        std::iter::from_fn(move || {
            let next = self.strongest()?;
            self.0 &= self.0 - 1;
            Some(next)
        })
    }

    pub fn strongest(self) -> Option<BotReason> {
        BotReason::ALL.get(self.0.trailing_zeros() as usize).copied()
    }

    /// 0 (nothing speaks against a person) to 100.
    pub fn score(self) -> u8 {
        let sum: u32 = self.iter().map(|reason| u32::from(reason.weight())).sum();
        sum.min(u32::from(Self::MAX_SCORE)) as u8
    }
}

impl FromIterator<BotReason> for BotReasons {
    fn from_iter<I: IntoIterator<Item = BotReason>>(reasons: I) -> Self {
        let mut set = Self::default();
        reasons.into_iter().for_each(|reason| set.insert(reason));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_enum_strongest_first() {
        for (at, reason) in BotReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, at);
            assert_eq!(BotReason::from_name(reason.as_str()), Some(reason));
            let next = BotReason::ALL.get(at + 1);
            assert!(next.is_none_or(|next| next.weight() <= reason.weight()), "{}", reason.as_str());
        }
        assert_eq!(BotReason::from_name("charm"), None);
    }

    #[test]
    fn scores_add_up_to_a_hundred_at_most() {
        let of = |reasons: &[BotReason]| reasons.iter().copied().collect::<BotReasons>();
        assert_eq!(of(&[]).score(), 0);
        assert_eq!(of(&[]).strongest(), None);
        let weak = of(&[BotReason::MissingHeaders, BotReason::DatacenterAsn]);
        assert_eq!((weak.score(), weak.strongest()), (50, Some(BotReason::DatacenterAsn)));
        let names: Vec<&str> = weak.iter().map(BotReason::as_str).collect();
        assert_eq!(names, ["datacenter_asn", "missing_headers"]);
        assert_eq!(of(&[BotReason::FakeCrawler, BotReason::CrawlerUserAgent]).score(), 100);
        assert_eq!(of(&BotReason::ALL).iter().count(), BotReason::ALL.len());
    }
}
