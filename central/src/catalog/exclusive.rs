//! Work that one api-service process does at a time, by a lease in MongoDB.
//!
//! The lease is by the server's clock and is renewed while the work goes on. A holder that dies is
//! followed after [`LEASE_MS`]; one that cannot renew stops its work, between two of its steps.

use std::time::Duration;

use mongodb::{
    bson::{Document, doc},
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
        let free = doc! { "$expr": { "$lt": ["$until", "$$NOW"] } };
        let filter = doc! { "_id": name, "$or": [{ "holder": holder }, free] };
        let until = doc! { "$add": ["$$NOW", LEASE_MS] };
        let update = vec![doc! { "$set": { "holder": holder, "until": until } }];
        let leases = self.database().collection::<Document>(COLLECTION);
        match leases.update_one(filter, update).upsert(true).await {
            Ok(_) => Ok(true),
            // There is one, and it is another's.
            Err(error) if duplicate_field(&error).is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
