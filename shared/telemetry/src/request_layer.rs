//! Gives every request its id, returns it, times the request and writes the access log. Without
//! boxed futures, since it stands on the redirect path.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Instant, SystemTime},
};

use http::{Method, Request, Response};
use metrics::Histogram;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::{
    AccessLog, RequestId,
    access_log::Entry,
    prometheus::REQUEST_DURATION,
    request_id::{self},
};

#[derive(Clone)]
pub struct RequestLayer {
    log: AccessLog,
    durations: Durations,
}

/// Histogram handles by status class, looked up once.
#[derive(Clone)]
struct Durations(Arc<[Histogram; 5]>);

impl RequestLayer {
    pub fn new(log: AccessLog) -> Self {
        let class = |class: &'static str| metrics::histogram!(REQUEST_DURATION, "status" => class);
        Self { log, durations: Durations(Arc::new(["1xx", "2xx", "3xx", "4xx", "5xx"].map(class))) }
    }

    /// Runs one request through `inner`, for servers without a tower in between. The id is handed
    /// over rather than put into the request's extensions, which would allocate.
    pub fn run<B, F>(
        &self,
        request: Request<B>,
        inner: impl FnOnce(Request<B>, RequestId) -> F,
    ) -> RequestFuture<F> {
        let request_id = RequestId::from_headers(request.headers());
        let logged = self.log.is_on().then(|| Logged {
            log: self.log.clone(),
            method: request.method().clone(),
            path: AccessLog::loggable_path(request.uri().path()).into(),
        });
        RequestFuture {
            inner: inner(request, request_id),
            request_id,
            started: Instant::now(),
            durations: self.durations.clone(),
            logged,
        }
    }
}

impl<S> Layer<S> for RequestLayer {
    type Service = RequestService<S>;
    fn layer(&self, inner: S) -> Self::Service {
        RequestService { inner, layer: self.clone() }
    }
}

#[derive(Clone)]
pub struct RequestService<S> {
    inner: S,
    layer: RequestLayer,
}

impl<S, B, R> Service<Request<B>> for RequestService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RequestFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { inner, layer } = self;
        layer.run(request, |mut request, id| {
            request.extensions_mut().insert(id);
            inner.call(request)
        })
    }
}

struct Logged {
    log: AccessLog,
    method: Method,
    path: Box<str>,
}

pin_project! {
    pub struct RequestFuture<F> {
        #[pin]
        inner: F,
        request_id: RequestId,
        started: Instant,
        durations: Durations,
        logged: Option<Logged>,
    }
}

impl<F, R, E> Future for RequestFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut result = ready!(this.inner.poll(cx));
        if let Ok(response) = &mut result {
            let latency = this.started.elapsed();
            let status = response.status();
            response.headers_mut().insert(request_id::HEADER, this.request_id.to_header_value());
            let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
            this.durations.0[class].record(latency.as_secs_f64());
            if let Some(Logged { log, method, path }) = this.logged.take()
                && log.wants(status)
            {
                let request_id = *this.request_id;
                log.log(Entry { at: SystemTime::now(), request_id, method, path, status, latency });
            }
        }
        Poll::Ready(result)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::{AccessLogMode, LogFormat};

    #[tokio::test]
    async fn the_id_is_accepted_or_minted_and_returned() {
        let log = AccessLog::start("test", LogFormat::Json, AccessLogMode::Off).unwrap();
        let service = RequestLayer::new(log).layer(service_fn(|request: Request<()>| async move {
            let id = *request.extensions().get::<RequestId>().unwrap();
            Ok::<_, Infallible>(Response::new(id.to_string()))
        }));
        let ask = |id: Option<&str>| {
            let mut request = Request::builder();
            if let Some(id) = id {
                request = request.header("x-request-id", id);
            }
            service.clone().oneshot(request.body(()).unwrap())
        };
        let given = ask(Some("abc-1")).await.unwrap();
        assert_eq!(
            (given.headers()["x-request-id"].to_str().unwrap(), given.body().as_str()),
            ("abc-1", "abc-1")
        );
        let minted = ask(Some("no spaces")).await.unwrap();
        assert_eq!(minted.headers()["x-request-id"].to_str().unwrap(), minted.body());
        assert_eq!(minted.body().len(), 32);
    }
}
