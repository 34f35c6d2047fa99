//! A call to a traffic source that ended is made again, because somebody wants it so: under the key that it
//! had, by which the source can tell that it is the same.

use tokio::sync::oneshot;
use traffoflex_model::PostbackMethod;
use traffoflex_wire::outbound::SourceCall;

use super::{EnqueueError, Outbound, job::Job, job::Target, queue::Command};

impl Outbound {
    /// On disk when it returns; false when the call is under way, and nothing changes.
    pub async fn again(&self, call: SourceCall) -> Result<bool, EnqueueError> {
        let now_ms = (self.options().now_ms)();
        let job = Job {
            key: call.key,
            target: Target::SourcePostback { source_id: call.source_id, postback_id: call.postback_id },
            workspace_id: call.workspace_id,
            method: PostbackMethod::Get,
            url: call.url,
            content_type: None,
            body: String::new(),
            conversion_id: call.conversion_id,
            network_id: call.network_id,
            click_id: call.click_id,
            transaction_id: call.transaction_id,
            created_at_ms: now_ms,
            queued_at_ms: 0,
        };
        let (done, answer) = oneshot::channel();
        let sent = self.commands.send(Command::Again { job, done }).await;
        sent.map_err(|_| EnqueueError::Unavailable)?;
        answer.await.unwrap_or(Err(EnqueueError::Unavailable))
    }
}
