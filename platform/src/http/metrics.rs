//! Counters and histograms for Prometheus, in the OpenMetrics text format. Labels are route patterns, methods and
//! statuses: never a path, a name or an id, so that no metric speaks of a person and their number stays small.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the histogram's buckets in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// All metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<RequestLabels, prometheus_client::metrics::counter::Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

/// A number that only grows.
#[derive(Debug, Clone, Default)]
pub struct Counter(prometheus_client::metrics::counter::Counter);

/// A number that goes up and down.
#[derive(Debug, Clone, Default)]
pub struct Gauge(prometheus_client::metrics::gauge::Gauge);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register("jigap_http_requests", "Requests answered", requests.clone());
        registry.register("jigap_http_request_seconds", "Time to the head of the answer", durations.clone());
        Self { registry: Arc::new(Mutex::new(registry)), requests, durations }
    }

    /// A counter of the service's own. `name` is `jigap_` and snake case without `_total`; register it once.
    pub fn counter(&self, name: &'static str, help: &'static str) -> Counter {
        let counter = Counter::default();
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, counter.0.clone());
        counter
    }

    /// Shows a counter that a service counts by already; `name` as for [`Self::counter`].
    pub fn show(&self, name: &'static str, help: &'static str, counter: &Counter) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, counter.0.clone());
    }

    /// Shows a gauge; `name` is `jigap_` and snake case, its unit at the end; register it once.
    pub fn show_gauge(&self, name: &'static str, help: &'static str, gauge: &Gauge) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, gauge.0.clone());
    }

    /// Counts an answered request of a route pattern.
    pub(super) fn observe(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.durations
            .get_or_create(&RouteLabels { method, route: route.clone() })
            .observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// Everything, as `application/openmetrics-text`.
    pub(super) fn render(&self) -> Result<String, std::fmt::Error> {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.0.inc();
    }

    /// Adds `count`.
    pub fn add(&self, count: u64) {
        self.0.inc_by(count);
    }

    /// The count so far.
    pub fn count(&self) -> u64 {
        self.0.get()
    }
}

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: i64) {
        self.0.set(value);
    }

    /// Adds one.
    pub fn up(&self) {
        self.0.inc();
    }

    /// Takes one away.
    pub fn down(&self) {
        self.0.dec();
    }

    /// The value now.
    pub fn value(&self) -> i64 {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_own_counters_are_rendered() {
        let metrics = Metrics::new();
        metrics.observe("GET", "/offers/{id}", 200, Duration::from_millis(3));
        metrics.observe("GET", "/offers/{id}", 200, Duration::from_millis(7));
        let issued = metrics.counter("jigap_credentials_issued", "Credentials issued");
        issued.increment();
        assert_eq!(issued.count(), 1);
        let (open, refused) = (Gauge::default(), Counter::default());
        metrics.show_gauge("jigap_streams", "Streams open", &open);
        metrics.show("jigap_refusals", "Refusals", &refused);
        open.set(4);
        open.up();
        open.down();
        open.down();
        assert_eq!(open.value(), 3);
        refused.add(2);
        let text = metrics.render().unwrap();
        for line in [
            "jigap_http_requests_total{method=\"GET\",route=\"/offers/{id}\",status=\"200\"} 2\n",
            "jigap_http_request_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"/offers/{id}\"} 1\n",
            "jigap_http_request_seconds_count{method=\"GET\",route=\"/offers/{id}\"} 2\n",
            "jigap_credentials_issued_total 1\n",
            "jigap_streams 3\n",
            "jigap_refusals_total 2\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
