//! Users, their memberships and their sessions in MongoDB.

pub mod membership;
pub mod session;
pub mod user;

use mongodb::{IndexModel, bson::doc, error::Result, options::IndexOptions};

pub use self::{
    membership::Membership,
    session::{Session, Standing},
    user::{User, UserStatus},
};
use crate::catalog::Catalog;

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> Result<()> {
    let plain = |keys| IndexModel::builder().keys(keys).build();
    let with = |keys, options| IndexModel::builder().keys(keys).options(options).build();
    let unique = IndexOptions::builder().unique(true).build();
    user::all(catalog).create_index(with(doc! { "email": 1 }, unique)).await?;
    membership::all(catalog)
        .create_indexes([plain(doc! { "workspace_id": 1, "user_id": 1 }), plain(doc! { "user_id": 1 })])
        .await?;
    let expiring = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
    session::all(catalog)
        .create_indexes([plain(doc! { "user_id": 1 }), with(doc! { "expires_at": 1 }, expiring)])
        .await?;
    Ok(())
}
