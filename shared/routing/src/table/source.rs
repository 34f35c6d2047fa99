//! A traffic source, found by id or, within its workspace, by slug.

use traffoflex_model::{SourceId, SourcePostback, Status, TrafficSource, WorkspaceId};

#[derive(Debug)]
pub struct CompiledSource {
    id: SourceId,
    workspace_id: WorkspaceId,
    slug: Box<str>,
    slug_key: Box<str>,
    status: Status,
    postbacks: Box<[SourcePostback]>,
}

/// Key of the slug map. A slug cannot hold a slash.
pub(super) fn slug_key(workspace: &WorkspaceId, slug: &str) -> String {
    let mut key = String::with_capacity(workspace.len() + 1 + slug.len());
    key.push_str(workspace);
    key.push('/');
    key.extend(slug.chars().map(|c| c.to_ascii_lowercase()));
    key
}

impl CompiledSource {
    pub(super) fn compile(source: &TrafficSource) -> Self {
        Self {
            id: source.id.clone(),
            workspace_id: source.workspace_id.clone(),
            slug: source.slug.as_str().into(),
            slug_key: slug_key(&source.workspace_id, &source.slug).into(),
            status: source.status,
            postbacks: source.postbacks.as_slice().into(),
        }
    }

    pub fn id(&self) -> &SourceId {
        &self.id
    }

    pub fn slug(&self) -> &str {
        &self.slug
    }

    pub fn workspace_id(&self) -> &WorkspaceId {
        &self.workspace_id
    }

    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// As configured: who sends them compiles them.
    pub fn postbacks(&self) -> &[SourcePostback] {
        &self.postbacks
    }

    pub(super) fn slug_key(&self) -> &str {
        &self.slug_key
    }
}
