//! The second step of a click: from its landing page to an offer.
//!
//! The node that took the first step kept the click's event ([`crate::outbox::marks`]), so that the offer gets
//! the click's own parameters. Another node knows the click by the cookie that the first step set on our host:
//! stream and landing page, with a MAC; parameters are then those of this request.

use http::{HeaderMap, HeaderValue, header};
use rust_decimal::Decimal;
use traffoflex_model::{ClickDecision, ClickEvent};
use traffoflex_routing::{
    click_id::{self, ClickIdKeyring},
    context::{ClickContext, QueryPair},
    decide::Decision,
    table::CompiledCampaign,
};
use traffoflex_wire::codec;

use super::parameters::Parameters;
use crate::outbox::{Outbox, marks::LANDING_KEPT_MS};

const COOKIE: &str = "tf_click";
/// Names by which a landing page may hand the click id back, in order.
const NAMES: [&str; 4] = ["cid", "click_id", "clickid", "subid"];
/// Separates this use of the keys from that of click ids.
const MAC_PURPOSE: &str = "landing cookie";

/// What is known of the first step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstStep {
    pub click_id: String,
    pub campaign_id: String,
    pub stream_id: String,
    pub landing_id: String,
    /// The encoded event of the first step, when this node took it.
    event: Option<Vec<u8>>,
}

impl FirstStep {
    /// The first step that this decision is; none when it leads to no landing page.
    pub fn of(decision: &Decision<'_>, campaign: &CompiledCampaign, click_id: &str) -> Option<Self> {
        let landing = decision.landing.filter(|_| decision.decision == ClickDecision::Routed)?;
        Some(Self {
            click_id: click_id.to_owned(),
            campaign_id: campaign.id().to_string(),
            stream_id: decision.stream?.id().to_string(),
            landing_id: landing.id().to_string(),
            event: None,
        })
    }

    /// By the id in the query, else by the cookie; none when the id is not ours or nothing is known of it.
    pub fn find(
        parameters: &Parameters<'_>,
        headers: &HeaderMap,
        keyring: &ClickIdKeyring,
        outbox: &Outbox,
    ) -> Option<Self> {
        let cookie = cookie(headers, keyring);
        // A page may carry names that are not ours, or that nobody filled in: the first that verifies counts.
        let named = NAMES.iter().map(|name| parameters.given(&[name])).find(|id| keyring.verify(id).is_ok());
        let click_id = match (named, &cookie) {
            (Some(named), _) => named.to_owned(),
            (None, Some(cookie)) => cookie.click_id.clone(),
            (None, None) => return None,
        };
        let raw = click_id::raw(&click_id).ok()?;
        // What cannot be read is no reason to lose a visitor who brings the cookie.
        let kept = match outbox.landing(&raw) {
            Ok(event) => event.and_then(Self::of_event),
            Err(error) => {
                tracing::warn!(%error, "landing pages cannot be looked up");
                None
            }
        };
        kept.or_else(|| cookie.filter(|cookie| cookie.click_id == click_id))
    }

    fn of_event(bytes: Vec<u8>) -> Option<Self> {
        let mut scratch = Vec::new();
        let event: ClickEvent<'_> = codec::decode_record_of_any_age(&bytes, &mut scratch).ok()?;
        let step = Self {
            click_id: event.click_id.into_owned(),
            campaign_id: event.campaign_id.into_owned(),
            stream_id: event.stream_id.into_owned(),
            landing_id: event.landing_id.into_owned(),
            event: None,
        };
        Some(Self { event: Some(bytes), ..step })
    }

    /// The first step's parameters, to be decoded by [`Origin::of`].
    pub fn event(&self) -> Option<&[u8]> {
        self.event.as_deref()
    }

    /// For `Set-Cookie` with the first step.
    pub fn set_cookie(&self, keyring: &ClickIdKeyring) -> Option<HeaderValue> {
        let body = format!("{}.{}.{}.{}", self.click_id, self.campaign_id, self.stream_id, self.landing_id);
        let mac = keyring.mac_of(MAC_PURPOSE, &body);
        let max_age_s = LANDING_KEPT_MS / 1000;
        let cookie =
            format!("{COOKIE}={body}.{mac}; Path=/click; Max-Age={max_age_s}; HttpOnly; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    }
}

/// The cookie's first step, when we set it.
fn cookie(headers: &HeaderMap, keyring: &ClickIdKeyring) -> Option<FirstStep> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).map(str::trim);
    let value = pairs.find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))?;
    let (body, mac) = value.rsplit_once('.')?;
    if !keyring.is_mac_of(MAC_PURPOSE, body, mac) {
        return None;
    }
    let mut parts = body.split('.').map(str::to_owned);
    let mut part = || parts.next();
    Some(FirstStep {
        click_id: part()?,
        campaign_id: part()?,
        stream_id: part()?,
        landing_id: part()?,
        event: None,
    })
}

/// The context of a second step of which only the cookie is known: parameters are this request's, but the page's
/// word for our own click id is no id of the source's, and the click was paid for with its first step.
pub fn without_origin<'c>(now: ClickContext<'c>) -> ClickContext<'c> {
    let is_ours = now.source_click_id == now.click_id;
    let source_click_id = if is_ours { "" } else { now.source_click_id };
    ClickContext { source_click_id, cost: Decimal::ZERO, is_unique: false, ..now }
}

/// The first step's event, read back.
pub struct Origin<'o> {
    event: ClickEvent<'o>,
    query: Vec<QueryPair<'o>>,
}

impl<'o> Origin<'o> {
    pub fn of(event: &'o [u8], scratch: &'o mut Vec<u8>) -> Option<Self> {
        let mut event: ClickEvent<'o> = codec::decode_record_of_any_age(event, scratch).ok()?;
        let query = std::mem::take(&mut event.query.0);
        Some(Self { event, query })
    }

    /// This request's context with what the source sent along with the first step. A visit that `is_repeated` is
    /// not paid for again.
    pub fn context<'c>(&'c self, now: ClickContext<'c>, is_repeated: bool) -> ClickContext<'c> {
        let event = &self.event;
        let subs = [
            &event.sub1,
            &event.sub2,
            &event.sub3,
            &event.sub4,
            &event.sub5,
            &event.sub6,
            &event.sub7,
            &event.sub8,
            &event.sub9,
            &event.sub10,
        ];
        ClickContext {
            source: &event.source_id,
            source_click_id: &event.source_click_id,
            referrer: &event.referrer,
            subs: subs.map(AsRef::as_ref),
            utm_source: &event.utm_source,
            utm_medium: &event.utm_medium,
            utm_campaign: &event.utm_campaign,
            utm_content: &event.utm_content,
            utm_term: &event.utm_term,
            query: &self.query,
            cost: if is_repeated { Decimal::ZERO } else { event.cost },
            currency: &event.currency,
            is_unique: false,
            ..now
        }
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{ClickIdKey, NodeSettings};

    use super::*;

    #[test]
    fn a_cookie_is_ours_or_nobodys() {
        let keyring = |key: u8| {
            let click_id_keys = vec![ClickIdKey { key: [key; 16] }];
            ClickIdKeyring::new(&NodeSettings { click_id_keys, ..NodeSettings::default() }).unwrap()
        };
        let step = FirstStep {
            click_id: keyring(1).mint(5, 6, 7).to_string(),
            campaign_id: "c".into(),
            stream_id: "s".into(),
            landing_id: "l".into(),
            event: None,
        };
        let set = step.set_cookie(&keyring(1)).unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers = |pair: &str| {
            let line = format!("other=1; {pair}");
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).unwrap())])
        };
        assert_eq!(cookie(&headers(&pair), &keyring(1)), Some(step));
        assert_eq!(cookie(&headers(&pair), &keyring(2)), None);
        assert_eq!(cookie(&headers(&pair.replace(".l.", ".x.")), &keyring(1)), None);
        assert_eq!(cookie(&HeaderMap::new(), &keyring(1)), None);
    }
}
