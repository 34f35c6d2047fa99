//! `POST /internal/postbacks/import`: postbacks that central hands over for an operator. They go the way of
//! every postback, but for the secret. A row that was taken is known by its key, so that an import may be sent
//! again; see [`imported`].

use axum::{
    Json,
    body::Bytes,
    extract::{Extension, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use traffoflex_conversion::{FieldError, RawFields};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::outbound::{
    ImportAnswer, ImportAnswers, ImportBatch, ImportRow, MAX_IMPORT_KEY_BYTES, MAX_IMPORT_ROWS,
};

use super::{NotStored, PostbackState, Refused, Sender, Taken, book::Named, imported, request};
use crate::{
    error::EdgeError,
    internal::input::{self, Refusal},
};

/// Rows that share a commit. Rows of one conversion take turns in their order.
const ROWS_AT_ONCE: usize = 256;

/// Answers row by row, or 503 when one could not be kept: those before it are, and are duplicates when the
/// batch is sent again.
pub async fn import(
    State(state): State<PostbackState>,
    Extension(request_id): Extension<RequestId>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let batch: ImportBatch = input::json(body, request_id)?;
    if batch.rows.len() > MAX_IMPORT_ROWS {
        return Err(Refusal::field("rows", &format!("more than {MAX_IMPORT_ROWS}"), request_id));
    }
    let rows = batch.rows.into_iter().map(|row| row_of(state.clone(), row));
    let rows = stream::iter(rows).buffered(ROWS_AT_ONCE);
    let taken: Vec<Result<ImportAnswer, NotStored>> = rows.collect().await;
    match taken.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(rows) => Ok(Json(ImportAnswers { rows }).into_response()),
        Err(error) => {
            tracing::warn!(%error, "an import was not kept as a whole");
            Err(Refusal::of(EdgeError::NotStored, request_id))
        }
    }
}

async fn row_of(state: PostbackState, row: ImportRow) -> Result<ImportAnswer, NotStored> {
    let shared = &*state.0;
    let network = match shared.book.load().network(&row.network) {
        Named::Network(network) => network,
        Named::Unknown => return Ok(refused(vec![FieldError::new("network", "is not known")])),
        Named::Unreadable => return Ok(refused(vec![FieldError::new("network", "cannot be read")])),
        Named::NotReady => return Ok(refused(vec![FieldError::new("network", "is not known yet")])),
    };
    let fields: RawFields = row.fields.iter().map(|(name, value)| (name, value)).collect();
    if !imported::is_key(&row.key) {
        let error = format!("is not made of at most {MAX_IMPORT_KEY_BYTES} letters and digits");
        return Ok(refused(vec![FieldError::new("key", error)]));
    }
    let sender = Sender::Import { received_at: row.received_at, key: &row.key };
    match shared.take(&network, &fields, sender).await {
        Ok(Taken { verdict, conversion_id }) => {
            Ok(ImportAnswer { status: verdict.as_str().to_owned(), conversion_id, errors: Vec::new() })
        }
        Err(Refused::NotStored(error)) => Err(error),
        Err(Refused::Unusable(errors)) => Ok(refused(errors)),
        Err(Refused::Forbidden) => Ok(refused(vec![FieldError::new("network", "does not allow this")])),
    }
}

fn refused(errors: Vec<FieldError>) -> ImportAnswer {
    ImportAnswer {
        status: "refused".to_owned(),
        conversion_id: String::new(),
        errors: request::field_errors(errors),
    }
}
