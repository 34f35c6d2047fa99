//! Work that one api-service process does at a time, by a lease in MongoDB.
//!
//! The lease is by the server's clock and is renewed while the work goes on. A holder that dies is
//! followed after [`LEASE_MS`]; one that cannot renew stops its work, between two of its steps.

use std::time::Duration;

use mongodb::{
    bson::{DateTime, Document, doc},
    error::{Error, Result},
};
use ulid::Ulid;

use super::{Catalog, duplicate_field};

const COLLECTION: &str = "leases";
const LEASE_MS: i64 = 30_000;
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// How often a process that waits for its turn asks.
const ASK_EVERY: Duration = Duration::from_millis(200);

impl Catalog {
    /// Waits until nobody else does the work of this name, and does it.
    pub async fn exclusively<T>(&self, name: &str, work: impl Future<Output = T>) -> Result<T> {
        let holder = Ulid::generate().to_string();
        while !self.take_lease(name, &holder).await? {
            tokio::time::sleep(ASK_EVERY).await;
        }
        let done = tokio::select! {
            done = work => done,
            lost = self.keep_lease(name, &holder) => return Err(lost),
        };
        let leases = self.database().collection::<Document>(COLLECTION);
        leases.delete_one(doc! { "_id": name, "holder": &holder }).await?;
        Ok(done)
    }

    /// Returns when it was lost.
    async fn keep_lease(&self, name: &str, holder: &str) -> Error {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.take_lease(name, holder).await {
                Ok(true) => {}
                Ok(false) => return Error::custom(format!("another process took over: {name}")),
                Err(error) => return error,
            }
        }
    }

    async fn take_lease(&self, name: &str, holder: &str) -> Result<bool> {
        let leases = self.database().collection::<Document>(COLLECTION);
        // An upsert may not compare with the clock: first there is one, then it is taken.
        let nobody = doc! { "_id": name, "holder": "", "until": DateTime::from_millis(0) };
        match leases.insert_one(nobody).await {
            Err(error) if duplicate_field(&error).is_none() => return Err(error),
            _ => {}
        }
        let free = doc! { "$expr": { "$lt": ["$until", "$$NOW"] } };
        let until = doc! { "$add": ["$$NOW", LEASE_MS] };
        let taken = leases
            .update_one(
                doc! { "_id": name, "$or": [{ "holder": holder }, free] },
                vec![doc! { "$set": { "holder": holder, "until": until } }],
            )
            .await?;
        Ok(taken.matched_count > 0)
    }
}
