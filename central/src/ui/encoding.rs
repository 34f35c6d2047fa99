//! Which form of a file a client gets: the build keeps `<name>.br` and `<name>.gz` beside what is worth it.

use http::{HeaderMap, header};

use super::File;

/// Names in HTTP and endings, the smaller first.
const FORMS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

pub fn is_compressed(name: &str) -> bool {
    FORMS.iter().any(|(_, ending)| name.ends_with(ending))
}

/// The smallest form that the client takes.
pub fn best(
    files: &impl Fn(&str) -> Option<File>,
    name: &str,
    plain: File,
    headers: &HeaderMap,
) -> (Option<&'static str>, File) {
    let taken = FORMS.iter().filter(|(encoding, _)| takes(headers, encoding));
    let found = taken.filter_map(|(encoding, ending)| Some((*encoding, files(&format!("{name}{ending}"))?)));
    match found.into_iter().next() {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    }
}

fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
        is_it && weight != Some(0.0)
    })
}
