//! `/api/members`: who is in the workspace, as what.
//!
//! Only owners make, change and remove owners, and one stays; nobody makes anybody what they are not. A member is invited by address and need not be known:
//! signing in with that address lets them in.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use traffoflex_model::Workspace;
use traffoflex_wire::error_body::FieldError;
use utoipa::ToSchema;

use super::{
    email, noted, ownership,
    people::{self, People, PeopleParameters},
    shown::Member,
    store::{Membership, User, UserStatus, membership, user},
};
use crate::{
    access::{Role, WorkspaceApp},
    admin::{
        crud::PageOf,
        input::{self, JsonBody},
    },
    audit_log::{Action, Entry},
    catalog::work::Work,
    error::ApiError,
    mail::{Mail, MailError},
    openapi::Refusals,
};

const PATH: &str = "/api/members";

type MemberPage = PageOf<Member>;

/// List members
#[utoipa::path(
    get,
    path = "/api/members",
    tag = "members",
    params(PeopleParameters),
    responses((status = 200, body = MemberPage), Refusals)
)]
pub async fn list_members(
    app: WorkspaceApp,
    Query(parameters): Query<PeopleParameters>,
) -> Result<Json<MemberPage>, ApiError> {
    let People { found, limit, offset, total } = people::list(&app, parameters, false).await?;
    let items = found.iter().filter_map(|(user, membership)| Some(Member::of(user, membership.as_ref()?)));
    Ok(Json(PageOf { items: items.collect(), limit, offset, total }))
}

/// Read a member
#[utoipa::path(
    get,
    path = "/api/members/{id}",
    tag = "members",
    params(("id" = String, Path, description = "Of the user")),
    responses((status = 200, body = Member), Refusals)
)]
pub async fn get_member(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Member>, ApiError> {
    let (user, membership) = find(&app, &id).await?;
    Ok(Json(Member::of(&user, &membership)))
}

async fn find(app: &WorkspaceApp, id: &str) -> Result<(User, Membership), ApiError> {
    let found = membership::get(&app.catalog, &app.workspace_id, id).await?;
    let user = user::by_id(&app.catalog, id).await?;
    user.zip(found).ok_or(ApiError::NotFound)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    #[schema(format = Email)]
    email: String,
    #[schema(value_type = Role)]
    role: String,
    /// Amounts are not shown to this analyst.
    #[serde(default)]
    mask_money: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Invited {
    #[serde(flatten)]
    pub member: Member,
    /// Whether the invitation could be mailed. They can sign in without it.
    pub mail_sent: bool,
}

/// Invite a member
///
/// Whoever has the address becomes a member, and is told so by mail. One who waits for approval is let in.
#[utoipa::path(
    post,
    path = "/api/members",
    tag = "members",
    request_body = Invitation,
    responses((status = 201, body = Invited), Refusals)
)]
pub async fn invite_member(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let Invitation { email, role: word, mask_money } = input::read(body)?;
    let mut wrong = Vec::new();
    let mut keep = |error: ApiError| match error {
        ApiError::Validation(details) => wrong.extend(details),
        other => wrong.push(FieldError { field: "body".into(), error: other.to_string() }),
    };
    let email = email::normalise(&email).map_err(|error| keep(ApiError::field("email", error.to_string())));
    let role = role(&word).and_then(|role| ownership::check_mask(role, mask_money).map(|()| role));
    let role = role.map_err(&mut keep);
    let (Ok(email), Ok(role)) = (email, role) else { return Err(ApiError::Validation(wrong)) };
    ownership::may_give(&app.caller, role, mask_money)?;
    let member = ownership::exclusively(&app.catalog, async {
        let mut work = Work::default();
        let user = match user::by_email(&app.catalog, &email).await? {
            Some(user) if user.status == UserStatus::PendingApproval => {
                user.turn(&mut work, UserStatus::Active)
            }
            Some(user) => user,
            None => {
                let user = User::new(&email, UserStatus::Invited);
                user.add(&mut work)?;
                user
            }
        };
        let as_what = (role, mask_money);
        let joined = ownership::join(&app.catalog, &mut work, &app.workspace_id, &user, as_what).await?;
        let member = Member::of(&user, &joined);
        work.record(Entry::of(&app, noted::of_member(Action::Created, None, Some(&member))));
        noted::commit(&app.catalog, &work).await?;
        Ok(member)
    })
    .await?;
    let mail_sent = tell(&app, &email, role).await;
    let location = HeaderValue::try_from(format!("{PATH}/{}", member.id)).ok();
    let mut response = (StatusCode::CREATED, Json(Invited { member, mail_sent })).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Whether it could be mailed; the membership is there either way.
async fn tell(app: &WorkspaceApp, email: &str, role: Role) -> bool {
    let workspace = app.publisher.inspect(|published| {
        let found: Option<&Workspace> = published.state.workspaces.get(&*app.workspace_id);
        found.map_or_else(String::new, |workspace| workspace.name.clone())
    });
    let workspace = workspace.await;
    let place = match app.accounts.0.sign_in_url.as_str() {
        "" => String::new(),
        url => format!(" at {url}"),
    };
    let mail = Mail {
        to: email.to_owned(),
        subject: "You are invited to TraffoFlex".to_owned(),
        text: format!(
            "You are now a member of the workspace {workspace:?}, as {}.\n\nSign in with this address{place}: a \
             code will be mailed to you.\n",
            role.as_str()
        ),
    };
    match app.mailer.send(mail).await {
        Ok(()) => true,
        Err(MailError::NotConfigured) => false,
        Err(error) => {
            tracing::warn!(%error, "an invitation could not be mailed");
            false
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    #[serde(default)]
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// Amounts are not shown to this analyst. Any other role ends it.
    #[serde(default)]
    mask_money: Option<bool>,
}

/// Change a member
///
/// It counts from the member's next request on. Of two changes at once the later one stays.
#[utoipa::path(
    patch,
    path = "/api/members/{id}",
    tag = "members",
    params(("id" = String, Path, description = "Of the user")),
    request_body = MemberPatch,
    responses((status = 200, body = Member), Refusals)
)]
pub async fn update_member(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Member>, ApiError> {
    find(&app, &id).await?;
    let patch: MemberPatch = input::read(body)?;
    let wanted = patch.role.as_deref().map(role).transpose()?;
    let after = ownership::exclusively(&app.catalog, async {
        let (user, before) = find(&app, &id).await?;
        let role = wanted.unwrap_or(before.role);
        let mask_money = patch.mask_money.unwrap_or(before.mask_money && role == Role::Analyst);
        ownership::may_touch(&app.caller, before.role)?;
        ownership::may_give(&app.caller, role, mask_money)?;
        ownership::check_mask(role, mask_money)?;
        if role != Role::Owner {
            ownership::keep_one(&app.catalog, &before).await?;
        }
        let mut work = Work::default();
        let after = Member::of(&user, &before.change(&mut work, role, mask_money));
        let change = noted::of_member(Action::Updated, Some(&Member::of(&user, &before)), Some(&after));
        work.record(Entry::of(&app, change));
        noted::commit(&app.catalog, &work).await?;
        Ok(after)
    })
    .await?;
    Ok(Json(after))
}

/// Remove a member
///
/// From their next request on the workspace does not exist for them.
#[utoipa::path(
    delete,
    path = "/api/members/{id}",
    tag = "members",
    params(("id" = String, Path, description = "Of the user")),
    responses((status = 204, description = "Removed"), Refusals)
)]
pub async fn remove_member(app: WorkspaceApp, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    find(&app, &id).await?;
    ownership::exclusively(&app.catalog, async {
        let (user, membership) = find(&app, &id).await?;
        ownership::may_touch(&app.caller, membership.role)?;
        ownership::keep_one(&app.catalog, &membership).await?;
        let mut work = Work::default();
        membership.remove(&mut work);
        let all = membership::of_user(&app.catalog, &id).await?;
        if user.status == UserStatus::Invited && all.len() == 1 {
            user.forget(&mut work);
        }
        let removed = Member::of(&user, &membership);
        work.record(Entry::of(&app, noted::of_member(Action::Deleted, Some(&removed), None)));
        noted::commit(&app.catalog, &work).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The role of this name.
pub fn role(word: &str) -> Result<Role, ApiError> {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == word);
    let all = Role::ALL.map(Role::as_str).join(", ");
    found.ok_or_else(|| ApiError::field("role", format!("one of {all}")))
}
