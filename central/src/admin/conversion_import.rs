//! `POST /api/conversions/import`: conversions that did not come as postbacks, or came before this
//! installation was there.
//!
//! A JSON array of rows, `{"rows": [...]}`, or CSV with a header line (`Content-Type: text/csv`). A row is what
//! a postback of its network would say, in the network's own names or in the default ones, and beside that
//! `network` (slug or id; for all rows `?network=`) and `created_at` (RFC 3339 or unix time; none: now).
//! Secret and address are not asked for. Each row is read as a postback is, so a template's payout factor
//! holds here too.
//!
//! Good rows are handed to a postback node in chunks and are on its disk when they are answered; from there on
//! they go the way of any postback. A row has a key of what it says ([`keys`]), so a request that is sent again,
//! whole or after a 503, changes nothing of what was taken, also where each repeat of a network counts. What is wrong with a row keeps no other row back.

mod keys;
mod rows;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, rejection::BytesRejection},
};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use traffoflex_conversion::normalise::normalise;
use traffoflex_wire::{
    error_body::FieldError,
    outbound::{IMPORT_PATH, ImportAnswer, ImportAnswers, ImportBatch, ImportRow, MAX_IMPORT_ROWS},
};

use self::{keys::Keys, rows::Row};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{intakes::Intakes, shown_nodes::ShownNodes};
use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{self, Action, Change},
    csv_rows,
    error::ApiError,
    openapi::Refusals,
    postback_nodes::NoNode,
};

/// Of a request.
pub const MAX_ROWS: usize = 10_000;
const MAX_BODY_BYTES: usize = 16 << 20;
/// Of names and values in a chunk: as JSON it stays below what a node takes, however much must be escaped.
const MAX_CHUNK_BYTES: usize = 2 << 20;
const REFUSED: &str = "refused";

pub fn routes() -> OpenApiRouter<App> {
    let import = OpenApiRouter::new().routes(routes!(import_conversions));
    import.layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// Slug or id, of rows that name none.
    #[serde(default)]
    network: Option<String>,
}

/// A list of rows, or an object that holds it.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = ConversionImport, examples(json!([{ "network": "everflow", "transaction_id": "t-1", "payout": "12.50", "status": "approved", "created_at": "2026-11-20T10:00:00Z" }])))]
#[expect(dead_code, reason = "describes the body")]
enum Body {
    List(Vec<BodyRow>),
    Rows {
        #[schema(min_items = 1, max_items = 10_000)]
        rows: Vec<BodyRow>,
    },
}

/// What a postback of its network would say, in the network's own names or in the default ones.
#[derive(ToSchema)]
#[schema(as = ImportedRow)]
#[expect(dead_code, reason = "describes the body")]
struct BodyRow {
    /// Slug or id; none: that of the request.
    network: Option<String>,
    /// RFC 3339, or unix time in seconds or milliseconds; none: now.
    #[schema(value_type = Option<Value>)]
    created_at: Option<String>,
    #[serde(flatten)]
    parameters: std::collections::BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversionImportAnswer)]
struct Answer {
    rows: Vec<RowAnswer>,
    counts: Counts,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportRowAnswer)]
struct RowAnswer {
    /// From 1; a header line is not counted.
    row: usize,
    #[schema(pattern = "^(accepted|duplicate|updated|refused)$")]
    status: String,
    /// Empty when refused.
    conversion_id: String,
    errors: Vec<FieldError>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ImportCounts)]
struct Counts {
    accepted: usize,
    duplicate: usize,
    updated: usize,
    refused: usize,
}

impl Counts {
    fn of(rows: &[RowAnswer]) -> Self {
        let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
        Self {
            accepted: count("accepted"),
            duplicate: count("duplicate"),
            updated: count("updated"),
            refused: count(REFUSED),
        }
    }
}

/// Takes conversions that did not come as postbacks
///
/// JSON or CSV with a header line, up to 10,000 rows, each answered for itself. What is sent again changes nothing.
#[utoipa::path(
    post,
    path = "/api/conversions/import",
    tag = "Conversions",
    params(Parameters),
    request_body(content(
        (Body = "application/json"),
        (String = "text/csv", example = "network,transaction_id,payout,status,created_at\neverflow,t-1,12.50,approved,2026-11-20T10:00:00Z\n"),
    )),
    responses(
        (status = 200, description = "What became of each row; the good ones are on a node's disk.", body = Answer),
        Refusals,
    ),
)]
async fn import_conversions(
    app: WorkspaceApp,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_BODY_BYTES })?;
    let rows = if csv_rows::is_csv(&headers) { rows::from_csv(&body)? } else { rows::from_json(&body)? };
    if rows.is_empty() || rows.len() > MAX_ROWS {
        return Err(ApiError::field("rows", format!("1 to {MAX_ROWS} rows")));
    }
    let intakes = app.publisher.inspect(|view| Intakes::of(view.state, &app.workspace_id)).await;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let default_network = parameters.network.as_deref().unwrap_or_default();
    let mut answers: Vec<RowAnswer> = Vec::with_capacity(rows.len());
    let mut good: Vec<(usize, ImportRow)> = Vec::new();
    let mut keys = Keys::default();
    for (index, row) in rows.into_iter().enumerate() {
        let checked = check(&intakes, row, default_network, now_ms, &mut keys);
        let errors = checked.map_or_else(
            |errors| errors,
            |row| {
                good.push((index, row));
                Vec::new()
            },
        );
        let status = REFUSED.to_owned();
        answers.push(RowAnswer { row: index + 1, status, conversion_id: String::new(), errors });
    }
    hand_over(&app, good, &mut answers).await?;
    let counts = Counts::of(&answers);
    record(&app, &counts).await?;
    Ok(Json(Answer { rows: answers, counts }))
}

async fn record(app: &WorkspaceApp, counts: &Counts) -> Result<(), ApiError> {
    let Counts { accepted, duplicate, updated, refused } = counts;
    let what = format!(
        "imported: {accepted} accepted, {updated} updated, {duplicate} known already, {refused} refused"
    );
    let change = Change {
        action: Action::Done,
        resource: "conversions",
        id: String::new(),
        name: "import".to_owned(),
        what: Some(what),
        before: None,
        after: None,
    };
    audit_log::record(app, change).await
}

/// Writes what the node said into the answers.
async fn hand_over(
    app: &WorkspaceApp,
    good: Vec<(usize, ImportRow)>,
    answers: &mut [RowAnswer],
) -> Result<(), ApiError> {
    let (total, mut taken) = (good.len(), 0);
    for chunk in chunks(good) {
        let (indexes, rows): (Vec<usize>, Vec<ImportRow>) = chunk.into_iter().unzip();
        let said = send(app, rows).await.map_err(|NoNode { failed, .. }| {
            let mut failed = ShownNodes::of_postbacks(app).details(failed);
            let error = format!("{taken} of {total} good rows were taken: send the request again");
            failed.insert(0, FieldError { field: "rows".to_owned(), error: error.clone() });
            ApiError::NoPostbackNode {
                message: format!("no postback node took the rows; {error}"),
                details: failed,
            }
        })?;
        taken += indexes.len();
        for (index, ImportAnswer { status, conversion_id, errors }) in indexes.into_iter().zip(said) {
            if let Some(answer) = answers.get_mut(index) {
                *answer = RowAnswer { status, conversion_id, errors, ..answer.clone() };
            }
        }
    }
    Ok(())
}

/// An answer a row.
async fn send(app: &WorkspaceApp, rows: Vec<ImportRow>) -> Result<Vec<ImportAnswer>, NoNode> {
    let sent = rows.len();
    let body = app.postback_nodes.post_to_any(IMPORT_PATH, &ImportBatch { rows }).await?;
    let answers = serde_json::from_slice::<ImportAnswers>(&body).ok();
    answers.map(|answers| answers.rows).filter(|rows| rows.len() == sent).ok_or_else(|| NoNode {
        failed: vec![FieldError {
            field: IMPORT_PATH.to_owned(),
            error: "gave an answer that cannot be read".to_owned(),
        }],
        refused: None,
    })
}

/// In the order of the rows, which is the order of what they say of the same conversion.
fn chunks(rows: Vec<(usize, ImportRow)>) -> Vec<Vec<(usize, ImportRow)>> {
    let mut chunks: Vec<Vec<(usize, ImportRow)>> = Vec::new();
    let mut bytes = 0;
    for (index, row) in rows {
        let size: usize = row.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < MAX_IMPORT_ROWS && bytes + size <= MAX_CHUNK_BYTES => {
                bytes += size;
                chunk.push((index, row));
            }
            _ => {
                bytes = size;
                chunks.push(vec![(index, row)]);
            }
        }
    }
    chunks
}

/// The row as the node is given it, or what is wrong with it.
fn check(
    intakes: &Intakes,
    row: Row,
    default_network: &str,
    now_ms: i64,
    keys: &mut Keys,
) -> Result<ImportRow, Vec<FieldError>> {
    let Row { network, created_at, fields, error } = row;
    if let Some(error) = error {
        return Err(vec![error]);
    }
    let wrong = |field: &str, error: String| FieldError { field: field.to_owned(), error };
    let mut errors = Vec::new();
    let received_at = created_at.map(|text| rows::time_ms(&text, now_ms)).transpose();
    let received_at = received_at.unwrap_or_else(|error| {
        errors.push(wrong("created_at", error));
        None
    });
    let network = network.unwrap_or_else(|| default_network.to_owned());
    let Some(intake) = intakes.find(&network) else {
        errors.push(wrong("network", "the slug or id of an active network".to_owned()));
        return Err(errors);
    };
    match normalise(&fields, intake).postback {
        Ok(postback) if errors.is_empty() => {
            let fields = fields.pairs().to_vec();
            let mut row = ImportRow { network, fields, received_at, key: String::new() };
            keys.give(&mut row, &intake.network_id, &postback.conversion_id(intake, ""));
            Ok(row)
        }
        Ok(_) => Err(errors),
        Err(found) => {
            errors.extend(found.into_iter().map(|found| wrong(&found.field, found.error)));
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_bounded_in_rows_and_bytes_and_keep_the_order() {
        let row = |bytes: usize| ImportRow {
            network: "n".to_owned(),
            fields: vec![("v".to_owned(), "x".repeat(bytes - 1))],
            received_at: None,
            key: String::new(),
        };
        let small: Vec<_> = (0..2500).map(|index| (index, row(10))).collect();
        let sizes = |rows: &[Vec<(usize, ImportRow)>]| -> Vec<usize> { rows.iter().map(Vec::len).collect() };
        let cut = chunks(small);
        assert_eq!(sizes(&cut), [1000, 1000, 500]);
        let order: Vec<usize> = cut.iter().flatten().map(|(index, _)| *index).collect();
        assert!(order.is_sorted() && order.len() == 2500);
        let large: Vec<_> = (0..5).map(|index| (index, row(MAX_CHUNK_BYTES / 2))).collect();
        assert_eq!(sizes(&chunks(large)), [2, 2, 1]);
        assert!(chunks(Vec::new()).is_empty());
    }
}
