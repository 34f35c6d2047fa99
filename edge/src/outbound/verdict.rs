//! What a call's end means for its job, and what it says of the host. Decided here and nowhere else.

use super::{
    breaker::Sign,
    call::{CallError, Called},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered,
    /// Another attempt may succeed.
    Again,
    /// The same call will fail the same way: a dead letter at once.
    Hopeless,
}

/// Any 2xx is a delivery, whatever became of its body. 408, 425, 429, 5xx and no answer are worth another
/// attempt. A redirect is not followed and, like any other 4xx, will be answered again; an address or a URL
/// that is refused is a matter of configuration. Whoever mends that replays the dead letter.
pub(super) fn verdict(called: &Called) -> Verdict {
    match (called.http_status, &called.failure) {
        (Some(200..=299), _) => Verdict::Delivered,
        (Some(408 | 425 | 429 | 500..), _) => Verdict::Again,
        (Some(_), _) => Verdict::Hopeless,
        (None, Some(CallError::Url(_) | CallError::Refused(_))) => Verdict::Hopeless,
        (None, _) => Verdict::Again,
    }
}

/// A host that says no works; one that is too busy or broken does not.
pub(super) fn sign(called: &Called) -> Sign {
    match (verdict(called), called.http_status) {
        (Verdict::Delivered, _) | (Verdict::Hopeless, Some(_)) => Sign::Works,
        (Verdict::Hopeless, None) => Sign::Nothing,
        (Verdict::Again, _) => Sign::Fails,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(http_status: u16) -> Called {
        Called { http_status: Some(http_status), ..Called::default() }
    }

    fn failed(failure: CallError) -> Called {
        Called { failure: Some(failure), ..Called::default() }
    }

    #[test]
    fn every_end_means_one_thing() {
        for (status, expected, host) in [
            (200, Verdict::Delivered, Sign::Works),
            (204, Verdict::Delivered, Sign::Works),
            (299, Verdict::Delivered, Sign::Works),
            (301, Verdict::Hopeless, Sign::Works),
            (308, Verdict::Hopeless, Sign::Works),
            (400, Verdict::Hopeless, Sign::Works),
            (404, Verdict::Hopeless, Sign::Works),
            (410, Verdict::Hopeless, Sign::Works),
            (408, Verdict::Again, Sign::Fails),
            (425, Verdict::Again, Sign::Fails),
            (429, Verdict::Again, Sign::Fails),
            (500, Verdict::Again, Sign::Fails),
            (503, Verdict::Again, Sign::Fails),
            (599, Verdict::Again, Sign::Fails),
        ] {
            let called = answered(status);
            assert_eq!((verdict(&called), sign(&called)), (expected, host), "{status}");
        }
        let late = Called { failure: Some(CallError::Timeout(5)), ..answered(200) };
        assert_eq!(verdict(&late), Verdict::Delivered, "its body alone was late");
        let url = failed(CallError::Url("x".to_owned()));
        assert_eq!((verdict(&url), sign(&url)), (Verdict::Hopeless, Sign::Nothing));
        for failure in [CallError::Timeout(5), CallError::Connect("x".into()), CallError::Request("x".into())]
        {
            let called = failed(failure);
            assert_eq!((verdict(&called), sign(&called)), (Verdict::Again, Sign::Fails));
        }
    }
}
