//! What DNS says of a domain: a TXT record with its token, or a CNAME that leads to us.

use traffoflex_dns::{DnsError, Resolver};
use traffoflex_model::Domain;

/// The record's name is this and the host.
pub const TXT_PREFIX: &str = "_traffoflex.";
/// Aliases of aliases followed.
const MAX_CNAMES: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// By `txt` or `cname`.
    Proven(&'static str),
    /// DNS answered, and the answer is no.
    Denied(String),
    /// DNS did not answer.
    Unknown(String),
}

impl Finding {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proven(_) => "proven",
            Self::Denied(_) => "denied",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Of two ways, either proves; and DNS denies only when both are denied.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Proven(method), _) | (_, Self::Proven(method)) => Self::Proven(method),
            (Self::Denied(a), Self::Denied(b)) => Self::Denied(format!("{a}; {b}")),
            (Self::Unknown(a) | Self::Denied(a), Self::Unknown(b) | Self::Denied(b)) => {
                Self::Unknown(format!("{a}; {b}"))
            }
        }
    }
}

pub fn txt_value(token: &str) -> String {
    format!("traffoflex-verification={token}")
}

/// `cname_target` empty: only by TXT.
pub(super) async fn look_up(resolver: &Resolver, domain: &Domain, cname_target: &str) -> Finding {
    let by_txt = txt(resolver, domain).await;
    if cname_target.is_empty() || matches!(by_txt, Finding::Proven(_)) {
        return by_txt;
    }
    by_txt.or(cname(resolver, &domain.host, cname_target).await)
}

async fn txt(resolver: &Resolver, domain: &Domain) -> Finding {
    let (name, wanted) = (format!("{TXT_PREFIX}{}", domain.host), txt_value(&domain.verification_token));
    match resolver.txt(&name).await {
        Ok(texts) if texts.iter().any(|text| text.trim() == wanted) => Finding::Proven("txt"),
        Ok(_) => Finding::Denied(format!("TXT of {name} does not show the token")),
        Err(DnsError::NotFound { .. }) => Finding::Denied(format!("{name} has no TXT record")),
        Err(DnsError::Failed { reason, .. }) => Finding::Unknown(format!("TXT of {name}: {reason}")),
    }
}

async fn cname(resolver: &Resolver, host: &str, target: &str) -> Finding {
    let mut name = host.to_owned();
    for _ in 0..MAX_CNAMES {
        match resolver.cname(&name).await {
            Ok(next) if next == target => return Finding::Proven("cname"),
            Ok(next) => name = next,
            Err(DnsError::NotFound { .. }) if name == host => {
                return Finding::Denied(format!("{host} has no CNAME record"));
            }
            Err(DnsError::NotFound { .. }) => {
                return Finding::Denied(format!("CNAME of {host} leads to {name} and not to {target}"));
            }
            Err(DnsError::Failed { reason, .. }) => {
                return Finding::Unknown(format!("CNAME of {name}: {reason}"));
            }
        }
    }
    Finding::Denied(format!("CNAME of {host} leads on and on"))
}
