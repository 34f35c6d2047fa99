//! The admin UI, out of this binary: `make ui` builds it into `admin-frontend/dist`, a release build takes it in,
//! a debug build reads it from there, so that a change of the UI needs no cargo.
//!
//! It is the router's fallback. Routes of the UI are known to the UI alone, so whatever a browser navigates to
//! gets `index.html`, unless the service itself owns the path. Everything else is the 404 that it was.

mod content_policy;
mod encoding;

use std::{borrow::Cow, path::Path};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

const INDEX: &str = "index.html";
/// Vite names what is in here by its content.
const HASHED: &str = "assets/";
const NEVER_CHANGES: &str = "public, max-age=31536000, immutable";
/// Kept, and asked for with its ETag each time.
const ASK_AGAIN: &str = "no-cache";
/// Of the service, whether there is such a route or not.
const OWN_PATHS: [&str; 6] = ["/api", "/ads", "/internal", "/healthz", "/readyz", "/metrics"];
const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../admin-frontend/dist");
const NOT_BUILT: &str = include_str!("ui/not_built.html");

#[derive(RustEmbed)]
#[folder = "../admin-frontend/dist"]
#[allow_missing = true]
struct Dist;

struct File {
    data: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

/// A name that `is_plain` has let through.
fn built(name: &str) -> Option<File> {
    if cfg!(debug_assertions) {
        // Not by rust-embed: it finds nothing in a folder that was not there yet when it was compiled.
        let data = std::fs::read(Path::new(DIST).join(name)).ok()?;
        return Some(File { sha256: Sha256::digest(&data).into(), data: data.into() });
    }
    Dist::get(name).map(|file| File { data: file.data, sha256: file.metadata.sha256_hash() })
}

/// The router's fallback.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(&built, &method, uri.path(), &headers)
}

fn answer(
    files: &impl Fn(&str) -> Option<File>,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Response {
    if !(method == Method::GET || method == Method::HEAD) || is_own(path) || !is_plain(path) {
        return ApiError::NotFound.into_response();
    }
    let name = path.trim_start_matches('/');
    let is_index = name.is_empty() || name == INDEX;
    if !is_index && let Some(response) = file(files, name, headers) {
        return response;
    }
    // A part of an older build that is gone must not be taken for a script.
    if !is_index && (name.starts_with(HASHED) || !navigates(headers)) {
        return ApiError::NotFound.into_response();
    }
    file(files, INDEX, headers).unwrap_or_else(not_built)
}

fn is_own(path: &str) -> bool {
    OWN_PATHS
        .iter()
        .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Leads nowhere but down, however it is read, and to nothing hidden.
fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace("%2e", ".");
    !lower.contains(['\\', '\0'])
        && !lower.contains("%00")
        && !lower.contains("%5c")
        && !lower.contains("%2f")
        && lower.split('/').all(|part| !part.starts_with('.'))
}

/// A browser that opens a page says so; scripts and programs that want anything at all do not.
fn navigates(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
    })
}

fn file(files: &impl Fn(&str) -> Option<File>, name: &str, headers: &HeaderMap) -> Option<Response> {
    // What the build compressed is another form of a file, and none itself.
    if encoding::is_compressed(name) {
        return None;
    }
    let plain = files(name)?;
    let policy = if name == INDEX { content_policy::of_page(&plain.data) } else { content_policy::plain() };
    let (encoding, file) = encoding::best(files, name, plain, headers);
    let etag = etag(&file.sha256);
    let caching = if name.starts_with(HASHED) { NEVER_CHANGES } else { ASK_AGAIN };
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let own = response.headers_mut();
    set(own, header::CONTENT_TYPE, &kind);
    set(own, header::ETAG, &etag);
    set(own, header::CACHE_CONTROL, caching);
    set(own, header::VARY, "Accept-Encoding");
    if let Some(encoding) = encoding {
        set(own, header::CONTENT_ENCODING, encoding);
    }
    protect(own, &policy);
    Some(response)
}

fn not_built() -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, axum::response::Html(NOT_BUILT)).into_response();
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    protect(response.headers_mut(), &content_policy::plain());
    response
}

fn protect(headers: &mut HeaderMap, policy: &str) {
    set(headers, header::CONTENT_SECURITY_POLICY, policy);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "same-origin");
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn etag(sha256: &[u8; 32]) -> String {
    let hex: String = sha256[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests;
