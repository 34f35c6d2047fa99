//! Publishing several entities of several kinds, as one version.

use mongodb::bson::doc;
use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, PostbackTemplate, Stream, TrafficSource, Webhook,
    Workspace,
};

use super::{Change, Holds, PublishError, Published, Publisher, State};
use crate::catalog::entity::Entity;

/// What was written of one kind.
struct Kind<'w> {
    collection: &'static str,
    ids: Vec<&'w str>,
    /// How many of them the published state holds.
    held: fn(&State, &[&str]) -> i64,
    held_before: i64,
}

fn held<T>(state: &State, ids: &[&str]) -> i64
where
    State: Holds<T>,
{
    ids.iter().map(|id| i64::from(Holds::<T>::holds(state, id))).sum()
}

impl Publisher {
    /// Takes over what was written, by collection and id, and returns the version it is in.
    pub async fn publish_written(&self, written: &[(&'static str, String)]) -> Result<u64, PublishError> {
        let mut published = self.0.published.lock().await;
        let mut change = Change::default();
        let mut kinds = Vec::new();
        let known = &*published;
        // Campaigns before their streams.
        kinds.extend(self.gather::<Workspace>(known, written, &mut change).await?);
        kinds.extend(self.gather::<Campaign>(known, written, &mut change).await?);
        kinds.extend(self.gather::<Stream>(known, written, &mut change).await?);
        kinds.extend(self.gather::<Destination>(known, written, &mut change).await?);
        kinds.extend(self.gather::<TrafficSource>(known, written, &mut change).await?);
        kinds.extend(self.gather::<Domain>(known, written, &mut change).await?);
        kinds.extend(self.gather::<AffiliateNetwork>(known, written, &mut change).await?);
        kinds.extend(self.gather::<PostbackTemplate>(known, written, &mut change).await?);
        kinds.extend(self.gather::<Webhook>(known, written, &mut change).await?);
        let version = self.advance(&mut published, change).await?;
        for Kind { collection, ids, held, held_before } in kinds {
            let grown = held(&published.state, &ids) - held_before;
            self.saw_own_write(&mut published, collection, grown, &ids).await?;
        }
        Ok(version)
    }

    /// Adds what became of the kind's entities to the change.
    async fn gather<'w, T: Entity>(
        &self,
        published: &Published,
        written: &'w [(&'static str, String)],
        change: &mut Change,
    ) -> Result<Option<Kind<'w>>, PublishError>
    where
        State: Holds<T>,
    {
        let ours = written.iter().filter(|(collection, _)| *collection == T::COLLECTION);
        let ids: Vec<&str> = ours.map(|(_, id)| id.as_str()).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let mut found = self.0.catalog.find_all::<T>(doc! { "_id": { "$in": &ids } }).await?;
        for id in &ids {
            let at = found.iter().position(|stored| stored._id == *id);
            let entity = at.map(|at| found.swap_remove(at).entity);
            change.extend(published.state.change(id, entity));
        }
        let held_before = held::<T>(&published.state, &ids);
        Ok(Some(Kind { collection: T::COLLECTION, ids, held: held::<T>, held_before }))
    }
}
