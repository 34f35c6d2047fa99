//! Keys for one purpose each, derived from one secret of the installation. Whoever has a dump of what the
//! keys protect, and not the installation's document, can check no guess against it.

use hmac::{Hmac, Mac};
use mongodb::{
    bson::{Binary, Document, doc, spec::BinarySubtype},
    error::{Error, Result},
};
use sha2::Sha256;

use super::{COLLECTION, Catalog, ID, random_bytes};

const FIELD: &str = "root_secret";
const KEY_BYTES: usize = 32;

impl Catalog {
    /// The same at each call and in each process; other purposes tell nothing of it.
    pub async fn derived_key(&self, purpose: &str) -> Result<[u8; KEY_BYTES]> {
        let root = self.root_secret().await?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&root).map_err(Error::custom)?;
        mac.update(purpose.as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// Made when it is first asked for; of two processes that do so, one makes it.
    async fn root_secret(&self) -> Result<Vec<u8>> {
        self.installation().await?;
        let collection = self.database().collection::<Document>(COLLECTION);
        let bytes = random_bytes::<KEY_BYTES>().map_err(Error::custom)?.to_vec();
        let fresh = Binary { subtype: BinarySubtype::Generic, bytes };
        let missing = doc! { "_id": ID, FIELD: { "$exists": false } };
        collection.update_one(missing, doc! { "$set": { FIELD: fresh } }).await?;
        let found = collection.find_one(doc! { "_id": ID }).projection(doc! { FIELD: 1 }).await?;
        let found = found.ok_or_else(|| Error::custom("the installation is gone"))?;
        Ok(found.get_binary_generic(FIELD).map_err(Error::custom)?.clone())
    }
}
