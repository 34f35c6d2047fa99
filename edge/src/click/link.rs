//! `/r/{token}`: a click by a signed link, see [`traffoflex_routing::signed_link`].
//!
//! A token that is no link at all is answered 403. Any other names a campaign, and whether a link that
//! does not hold is refused (403; 410 when it expired) or sent to trafficback is that campaign's policy;
//! either way the click is recorded with its reason. What the link says of `sub1` to `sub10` wins over the
//! query, since it is signed and the query is not.

use traffoflex_model::{LinkRefusal, TrafficbackReason as Reason};
use traffoflex_routing::{
    decide::Entry,
    signed_link::{self, Link, LinkError},
    table::{CompiledCampaign, RoutingTable},
};

use super::{
    nonce::{Claim, MARGIN_MS, Nonces},
    parameters::Parameters,
};
use crate::{error::EdgeError, outbox::marks::Mark};

/// A link whose campaign is known.
pub struct OpenedLink<'t> {
    pub campaign: &'t CompiledCampaign,
    /// None when nobody of ours signed it.
    signed: Option<Link>,
    /// Why it does not hold.
    refused: Option<Reason>,
}

impl<'t> OpenedLink<'t> {
    pub fn open(token: &str, table: &'t RoutingTable, now_ms: i64) -> Result<Self, EdgeError> {
        let (signed, claimed, refused) = match signed_link::verify(token, &table.settings().link_keys, now_ms)
        {
            Ok(link) => (Some(link), None, None),
            Err(LinkError::Expired { link }) => (Some(*link), None, Some(Reason::LinkExpired)),
            Err(LinkError::UnknownKey { claimed } | LinkError::BadMac { claimed }) => {
                (None, Some(claimed), Some(Reason::LinkInvalid))
            }
            Err(LinkError::Malformed) => return Err(EdgeError::LinkInvalid),
        };
        let named = signed.as_ref().or(claimed.as_deref()).map_or("", |link| &link.campaign);
        match table.campaign_by_public_id(named) {
            Some(campaign) => Ok(Self { campaign, signed, refused }),
            None if signed.is_some() => Err(EdgeError::CampaignNotFound),
            None => Err(EdgeError::LinkInvalid),
        }
    }

    /// Uses up a link for one click, and returns what is to be kept with the click's event. To be called once
    /// nothing else keeps the click from being recorded.
    pub fn claim(&mut self, nonces: &Nonces, now_ms: i64) -> Result<Option<Mark>, EdgeError> {
        let link = self.signed.as_ref().filter(|_| self.refused.is_none());
        let Some((nonce, expires_at_ms)) = link.and_then(|link| Some((link.nonce?, link.expires_at_ms?)))
        else {
            return Ok(None);
        };
        let forget_ms = expires_at_ms.saturating_add(MARGIN_MS);
        match nonces.claim(nonce, forget_ms, now_ms) {
            Claim::Taken => Ok(Some(Mark::Nonce { nonce, forget_ms })),
            Claim::Used => {
                self.refused = Some(Reason::LinkReplayed);
                Ok(None)
            }
            Claim::Full => Err(EdgeError::LinkStoreFull),
        }
    }

    pub fn entry(&self) -> Entry<'_> {
        let policy = self.campaign.link_policy();
        match (self.refused, &self.signed) {
            (Some(reason), _) => {
                let refusal = match reason {
                    Reason::LinkExpired => policy.expired,
                    Reason::LinkReplayed => policy.replayed,
                    _ => policy.invalid,
                };
                match refusal {
                    LinkRefusal::Refuse => Entry::Refused(reason),
                    LinkRefusal::Trafficback => Entry::Trafficback(reason),
                }
            }
            (None, Some(link)) => {
                Entry::Link { stream_id: &link.stream_id, destination_id: &link.destination_id }
            }
            (None, None) => Entry::Refused(Reason::LinkInvalid),
        }
    }

    /// What the link says of parameters.
    pub fn preset<'p>(&'p self, parameters: &mut Parameters<'p>) {
        for (n, sub) in (1..).zip(self.signed.iter().flat_map(|link| &link.subs)) {
            if !sub.is_empty() {
                parameters.preset_sub(n, sub);
            }
        }
    }
}
