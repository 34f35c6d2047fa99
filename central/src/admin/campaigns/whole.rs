//! A campaign together with its streams: made, deleted and put back as one change.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use mongodb::bson::{DateTime, doc};
use serde::Serialize;
use serde_json::{Value, json};
use traffoflex_model::{Campaign, Stream};
use utoipa::ToSchema;

use super::{CampaignInput, Campaigns, PATH};
use crate::{
    access::WorkspaceApp,
    admin::{
        crud::{
            self, Resource, Shown, audited,
            write::{self, new_id},
        },
        streams::{StreamInput, Streams},
        validate::{Errors, MAX_STREAMS},
    },
    audit_log::{Action, Change, Entry},
    catalog::{
        campaign_versions::{self, CampaignVersion},
        entity::{Entity, Stored},
        work::{Refused, Work},
    },
    error::ApiError,
};

/// What the entry of a rollback says first.
pub const ROLLED_BACK: &str = "rolled back to ";
/// A write of the whole meets writes of its streams at most this often.
const MAX_MEETINGS: usize = 10;

/// The state of a campaign at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignState {
    pub campaign: Campaign,
    /// By position.
    pub streams: Vec<Stream>,
}

/// As the audit log keeps it: the campaign's fields, and `streams`.
fn audited_whole(campaign: &Stored<Campaign>, streams: &[Stored<Stream>]) -> Value {
    let mut whole = audited::<Campaigns>(campaign);
    let streams: Vec<Value> = streams.iter().map(audited::<Streams>).collect();
    if let Some(object) = whole.as_object_mut() {
        object.insert("streams".into(), json!(streams));
    }
    whole
}

fn entry(
    app: &WorkspaceApp,
    action: Action,
    what: Option<String>,
    campaign: &Stored<Campaign>,
    (before, after): (Option<Value>, Option<Value>),
) -> Entry {
    let (id, name) = (campaign._id.clone(), campaign.entity.name.clone());
    let change = Change { action, resource: Campaigns::NAME, id, name, what, before, after };
    Entry::of(app, change).in_history_of(&campaign._id)
}

/// Checks streams with their paths below `streams[i]`.
pub async fn check_streams(
    app: &WorkspaceApp,
    streams: &[StreamInput],
    errors: &mut Errors,
) -> Result<(), ApiError> {
    if streams.len() > MAX_STREAMS {
        return Err(ApiError::field("streams", format!("at most {MAX_STREAMS}")));
    }
    for (i, stream) in streams.iter().enumerate() {
        errors.below(&format!("streams[{i}]"));
        stream.check(app, errors).await?;
    }
    errors.below("");
    Ok(())
}

/// A new campaign with its streams. `what` goes into the audit log.
pub async fn create(
    app: &WorkspaceApp,
    input: CampaignInput,
    streams: Vec<StreamInput>,
    what: Option<String>,
) -> Result<Response, ApiError> {
    let mut errors = Errors::default();
    let campaign = Campaigns::check(app, input, &new_id(), None, &mut errors).await?;
    check_streams(app, &streams, &mut errors).await?;
    let named = errors.named();
    errors.finish()?;
    let now = DateTime::now();
    let streams: Vec<Stored<Stream>> = (streams.into_iter())
        .map(|stream| Stored::new(stream.into_stream(app, &new_id(), campaign.id.clone()), now))
        .collect();
    let stored = Stored::new(campaign, now);
    let mut work = Work::default();
    work.names(named);
    // The streams first: without their campaign they are in no snapshot and in no list, should there be no
    // transaction.
    for stream in &streams {
        work.insert(stream)?;
    }
    work.insert(&stored)?;
    let after = audited_whole(&stored, &streams);
    work.record(entry(app, Action::Created, what, &stored, (None, Some(after))));
    work.remember(&stored._id, &app.workspace_id);
    let version = write::commit(app, &work).await?;
    let id = stored._id.clone();
    Ok(crud::created(PATH, &id, Shown::<Campaigns>::new(app, stored).await?, version))
}

pub async fn delete(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
    let mut current = 0;
    for _ in 0..MAX_MEETINGS {
        let campaign = crud::get::<Campaign>(app, id).await?;
        current = campaign.revision;
        let streams = app.catalog.streams_of(id).await?;
        let mut work = Work::default();
        work.delete(&campaign);
        // One that was added just now goes too.
        work.delete_many(Stream::COLLECTION, doc! { "campaign_id": id });
        work.written.extend(streams.iter().map(|stream| (Stream::COLLECTION, stream._id.clone())));
        campaign_versions::forget(&mut work, id);
        let before = audited_whole(&campaign, &streams);
        work.record(entry(app, Action::Deleted, None, &campaign, (Some(before), None)));
        match app.catalog.commit(&work).await {
            Ok(()) => {
                let version = app.publisher.publish_written(&work.written).await?;
                return Ok(crud::published(StatusCode::NO_CONTENT.into_response(), version));
            }
            Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(ApiError::RevisionConflict { current })
}

/// Makes the campaign and its streams what they were, checked as any input: what they name may be gone.
pub async fn put_back(
    app: &WorkspaceApp,
    version: CampaignVersion,
    revision: i64,
) -> Result<Response, ApiError> {
    for _ in 0..MAX_MEETINGS {
        let before = crud::get::<Campaign>(app, &version.campaign_id).await?;
        let streams = app.catalog.streams_of(&before._id).await?;
        if before.revision != revision {
            return Err(ApiError::RevisionConflict { current: before.revision });
        }
        let (after, work) = rollback(app, &version, before, streams).await?;
        match app.catalog.commit(&work).await {
            Ok(()) => {
                let version = app.publisher.publish_written(&work.written).await?;
                return Ok(crud::written(Shown::<Campaigns>::of(app, after).await?, version));
            }
            // The campaign's revision is looked at again, and a stream's is read again.
            Err(Refused::Stale { .. }) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(ApiError::RevisionConflict { current: revision })
}

async fn rollback(
    app: &WorkspaceApp,
    version: &CampaignVersion,
    before: Stored<Campaign>,
    streams: Vec<Stored<Stream>>,
) -> Result<(Stored<Campaign>, Work), ApiError> {
    let mut errors = Errors::default();
    let input = CampaignInput::of(version.campaign.clone());
    let campaign = Campaigns::check(app, input, &before._id, Some(&before.entity), &mut errors).await?;
    let inputs: Vec<StreamInput> = version.streams.iter().cloned().map(StreamInput::of).collect();
    check_streams(app, &inputs, &mut errors).await?;
    let named = errors.named();
    errors.finish()?;
    let whole_before = audited_whole(&before, &streams);
    let mut work = Work::default();
    work.names(named);
    let mut left = streams;
    let mut now = Vec::with_capacity(inputs.len());
    for (then, input) in version.streams.iter().zip(inputs) {
        let stream = input.into_stream(app, &then.id, before.entity.id.clone());
        match left.iter().position(|stored| *stored._id == *then.id) {
            Some(at) => {
                let stored = left.swap_remove(at);
                if stored.entity == stream {
                    now.push(stored);
                    continue;
                }
                let next = stored.next(stream);
                work.replace(&next)?;
                now.push(next);
            }
            // It was deleted since: reports know it by its id.
            None => {
                let stored = Stored::new(stream, DateTime::now());
                work.insert(&stored)?;
                now.push(stored);
            }
        }
    }
    for added in &left {
        work.delete(added);
    }
    let after = before.next(campaign);
    work.replace(&after)?;
    let whole_after = audited_whole(&after, &now);
    let what = Some(format!("{ROLLED_BACK}{}", version._id));
    work.record(entry(app, Action::Updated, what, &after, (Some(whole_before), Some(whole_after))));
    work.remember(&after._id, &app.workspace_id);
    Ok((after, work))
}
