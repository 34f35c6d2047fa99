//! Reading an answer of central that may be large, and not more of it than a limit.

use futures_util::StreamExt;
use reqwest::Response;

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error("more than {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
}

pub async fn read(response: Response, limit_bytes: u64) -> Result<Vec<u8>, BodyError> {
    if response.content_length().is_some_and(|length| length > limit_bytes) {
        return Err(BodyError::TooLarge { limit_bytes });
    }
    let mut body = Vec::with_capacity(response.content_length().unwrap_or(0) as usize);
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if (body.len() + chunk.len()) as u64 > limit_bytes {
            return Err(BodyError::TooLarge { limit_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
