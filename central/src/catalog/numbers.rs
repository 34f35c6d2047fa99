//! Numbers that are given once, ascending, by whichever api-service process.

use mongodb::{
    bson::{Document, doc},
    error::{Error, Result},
    options::ReturnDocument,
};

use super::Catalog;

const COLLECTION: &str = "numbers";

impl Catalog {
    /// The first of `count` numbers in a row that nobody was given before; from 1. A number may go unused.
    pub async fn take_numbers(&self, name: &str, count: i64) -> Result<i64> {
        let numbers = self.database().collection::<Document>(COLLECTION);
        let taken = numbers
            .find_one_and_update(doc! { "_id": name }, doc! { "$inc": { "last": count } })
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await?
            .ok_or_else(|| Error::custom("the number could not be read back"))?;
        let last = taken.get_i64("last").map_err(Error::custom)?;
        Ok(last - count + 1)
    }
}
