//! Whether the host names of clients are theirs and point at us: looked up when asked, and again and
//! again in the background.
//!
//! A pending domain is verified by the first look-up that proves it. A verified one loses that only after
//! [`FAILED_ROUNDS`] rounds in a row in which DNS denied it: a resolver that does not answer says nothing
//! about the domain, and one wrong answer must not stop a client's traffic.

mod proof;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::bson::{DateTime, doc};
pub use proof::{Finding, TXT_PREFIX, txt_value};
use tokio_util::sync::CancellationToken;
use traffoflex_dns::Resolver;
use traffoflex_model::{Domain, Status};

use crate::{
    app::App,
    catalog::{Replaced, domain_checks::DomainCheck, entity::Stored},
    config::DomainConfig,
    error::ApiError,
};

/// Rounds in a row that a verified domain may be denied before it is not verified any more, less one.
pub const FAILED_ROUNDS: i32 = 3;
/// Domains looked up at once.
const AT_ONCE: usize = 8;
const CHECKS: &str = "traffoflex_domain_checks_total";

/// A clone is cheap.
#[derive(Clone)]
pub struct Domains(Arc<DomainConfig>);

impl Domains {
    pub fn new(config: &DomainConfig) -> Self {
        Self(Arc::new(config.clone()))
    }

    /// Empty: that way is off.
    pub fn cname_target(&self) -> &str {
        &self.0.domain_cname_target
    }

    /// A new resolver each time: what another one remembers is just what may have changed.
    async fn look_up(&self, domain: &Domain) -> Finding {
        let servers: &[SocketAddr] = &self.0.dns_servers;
        match Resolver::new(servers) {
            Ok(resolver) => proof::look_up(&resolver, domain, self.cname_target()).await,
            Err(error) => Finding::Unknown(error.to_string()),
        }
    }

    fn interval_ms(&self, domain: &Domain) -> u64 {
        let DomainConfig { domain_verify_interval_ms, domain_pending_interval_ms, .. } = *self.0;
        if domain.verified { domain_verify_interval_ms } else { domain_pending_interval_ms }
    }

    fn tick(&self) -> Duration {
        let DomainConfig { domain_verify_interval_ms, domain_pending_interval_ms, .. } = *self.0;
        Duration::from_millis(domain_verify_interval_ms.min(domain_pending_interval_ms))
    }
}

/// Looks the domain up and takes over what was found. `is_round`: a denial counts.
pub async fn check(
    app: &App,
    stored: Stored<Domain>,
    is_round: bool,
) -> Result<(Stored<Domain>, DomainCheck), ApiError> {
    let finding = app.domains.look_up(&stored.entity).await;
    metrics::counter!(CHECKS, "found" => finding.name()).increment(1);
    let mut check = app.catalog.domain_check(&stored._id).await?;
    check.checked_at = Some(DateTime::now());
    let verified = judge(&finding, stored.entity.verified, is_round, &mut check);
    app.catalog.save_domain_check(&stored._id, &check).await?;
    if verified == stored.entity.verified {
        return Ok((stored, check));
    }
    tracing::info!(host = stored.entity.host, verified, error = check.error, "a domain changed");
    let domain = Domain { verified, ..stored.entity };
    match app.catalog.replace(domain, stored.revision).await? {
        Replaced::Done(stored) => {
            app.publisher.publish::<Domain>(&stored._id).await?;
            Ok((stored, check))
        }
        // Another host by now, perhaps: what was found is not about it.
        Replaced::Conflict { current } => Err(ApiError::RevisionConflict { current }),
        Replaced::NotFound => Err(ApiError::NotFound),
    }
}

/// Whether the domain is verified from now on.
fn judge(finding: &Finding, verified: bool, is_round: bool, check: &mut DomainCheck) -> bool {
    match finding {
        Finding::Proven(method) => {
            check.method = Some((*method).to_owned());
            check.error = None;
            check.failed_rounds = 0;
            true
        }
        Finding::Denied(why) => {
            check.error = Some(why.clone());
            check.failed_rounds = check.failed_rounds.saturating_add(i32::from(is_round));
            verified && check.failed_rounds < FAILED_ROUNDS
        }
        Finding::Unknown(why) => {
            check.error = Some(why.clone());
            verified
        }
    }
}

/// Checks every domain that is due, until cancelled. Of several processes one checks each.
pub async fn keep_checked(app: App, cancelled: CancellationToken) {
    loop {
        tokio::select! {
            () = cancelled.cancelled() => return,
            () = tokio::time::sleep(app.domains.tick()) => {}
        }
        tokio::select! {
            () = cancelled.cancelled() => return,
            result = round(&app) => if let Err(error) = result {
                tracing::warn!(%error, "domains could not be checked");
            },
        }
    }
}

async fn round(app: &App) -> Result<(), ApiError> {
    let active = doc! { "status": { "$ne": "archived" } };
    let domains: Vec<Stored<Domain>> =
        app.catalog.collection::<Domain>().find(active).await?.try_collect().await?;
    stream::iter(domains)
        .for_each_concurrent(AT_ONCE, async |stored| {
            let id = stored._id.clone();
            if let Err(error) = check_when_due(app, stored).await {
                tracing::warn!(domain = id, %error, "a domain could not be checked");
            }
        })
        .await;
    Ok(())
}

async fn check_when_due(app: &App, stored: Stored<Domain>) -> Result<(), ApiError> {
    debug_assert_ne!(stored.entity.status, Status::Archived);
    let every_ms = app.domains.interval_ms(&stored.entity) as i64;
    if app.catalog.claim_domain_check(&stored._id, every_ms).await? {
        check(app, stored, true).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verified_domain_outlives_silence_and_a_few_denials() {
        let mut check = DomainCheck::default();
        let (proven, denied) = (Finding::Proven("txt"), Finding::Denied("no".into()));
        let silent = Finding::Unknown("timeout".into());
        assert!(!judge(&denied, false, true, &mut check), "pending stays pending");
        assert!(!judge(&silent, false, true, &mut check));
        assert!(judge(&proven, false, true, &mut check));
        assert_eq!((check.failed_rounds, check.error.as_deref()), (0, None));
        for _ in 1..FAILED_ROUNDS {
            assert!(judge(&denied, true, true, &mut check));
            assert!(judge(&silent, true, true, &mut check), "says nothing");
            assert!(judge(&denied, true, false, &mut check), "a look between the rounds does not count");
        }
        assert!(!judge(&denied, true, true, &mut check));
        assert_eq!(check.error.as_deref(), Some("no"));
    }
}
