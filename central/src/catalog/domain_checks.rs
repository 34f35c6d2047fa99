//! What became of looking a domain up. Apart from the domain itself: a check that changes nothing makes
//! no new snapshot and no new revision.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc, from_document, to_bson},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};

use super::{Catalog, DUPLICATE_KEY};

const COLLECTION: &str = "domain_checks";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainCheck {
    /// None before the first.
    #[serde(default)]
    pub checked_at: Option<DateTime>,
    /// Why it is not verified, or could not be looked up; none after a success.
    #[serde(default)]
    pub error: Option<String>,
    /// `txt` or `cname`, of the last success.
    #[serde(default)]
    pub method: Option<String>,
    /// In a row, of rounds in which DNS denied it.
    #[serde(default)]
    pub failed_rounds: i32,
}

impl Catalog {
    fn domain_checks(&self) -> Collection<Document> {
        self.database().collection(COLLECTION)
    }

    pub async fn domain_check(&self, domain: &str) -> Result<DomainCheck> {
        let checks = self.database().collection::<DomainCheck>(COLLECTION);
        Ok(checks.find_one(doc! { "_id": domain }).await?.unwrap_or_default())
    }

    /// Of many domains, by domain, in one read. What is missing was never checked.
    pub async fn domain_checks_of(&self, domains: &[&str]) -> Result<HashMap<String, DomainCheck>> {
        let found = self.domain_checks().find(doc! { "_id": { "$in": domains } }).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let named = found.into_iter().map(|document| {
            let domain = document.get_str("_id").map_err(Error::custom)?.to_owned();
            Ok((domain, from_document(document).map_err(Error::custom)?))
        });
        named.collect()
    }

    pub async fn save_domain_check(&self, domain: &str, check: &DomainCheck) -> Result<()> {
        let set = to_bson(check).map_err(Error::custom)?;
        let checks = self.domain_checks();
        checks.update_one(doc! { "_id": domain }, doc! { "$set": set }).upsert(true).await.map(drop)
    }

    /// True for one process when the domain was not checked for so long: that one checks it now.
    pub async fn claim_domain_check(&self, domain: &str, every_ms: i64) -> Result<bool> {
        let now = DateTime::now();
        let before = DateTime::from_millis(now.timestamp_millis() - every_ms);
        let due = doc! { "_id": domain, "claimed_at": { "$not": { "$gt": before } } };
        let checks = self.domain_checks();
        match checks.update_one(due, doc! { "$set": { "claimed_at": now } }).upsert(true).await {
            Ok(_) => Ok(true),
            // There is one that is not due.
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub async fn forget_domain_check(&self, domain: &str) -> Result<()> {
        self.domain_checks().delete_one(doc! { "_id": domain }).await.map(drop)
    }
}

fn is_duplicate(error: &Error) -> bool {
    use mongodb::error::{ErrorKind, WriteFailure};
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY)
}
