//! The parameters of a log as the description of the API shows them.

use utoipa::openapi::{
    KnownFormat, ObjectBuilder, Required, SchemaFormat,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{SchemaType, Type},
};

use super::{FLAG, LogShape, MAX_LIMIT, MAX_OFFSET, MAX_SEARCH_BYTES, Paging};
use crate::admin::input::DEFAULT_LIMIT;

impl LogShape {
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut all: Vec<Parameter> = self
            .filters
            .iter()
            .map(|filter| {
                // Several may be named in one value: an enumeration would say otherwise.
                let about = match filter.values {
                    [] | ["true", "false"] => filter.about.to_owned(),
                    values => format!("{} Of: {}.", filter.about, values.join(", ")),
                };
                let schema = if filter.values == FLAG { boolean() } else { text() };
                parameter(filter.name, &about, schema)
            })
            .collect();
        if let Some(searched) = self.searches {
            let about = format!("Part of {searched}, in any case.");
            all.push(parameter("q", &about, text().max_length(Some(MAX_SEARCH_BYTES))));
        }
        if self.paging.has_period() {
            let time = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
            all.push(parameter("from", "Included; RFC 3339.", time()));
            all.push(parameter("to", "Excluded; RFC 3339.", time()));
        }
        if self.paging != Paging::None {
            let limit = integer(1, MAX_LIMIT).default(Some(DEFAULT_LIMIT.into()));
            all.push(parameter("limit", "Most rows of the answer.", limit));
        }
        match self.paging {
            Paging::Offset | Paging::Page => {
                let offset = integer(0, MAX_OFFSET as i64).default(Some(0.into()));
                all.push(parameter("offset", "Rows that are skipped.", offset));
            }
            Paging::Before => {
                all.push(parameter("before", "The `next` of the page before.", text()));
                let about = "Whether to count all that match, as far as that is bounded.";
                all.push(parameter("total", about, boolean().default(Some(false.into()))));
            }
            Paging::None => {}
        }
        if let Some(first) = self.sorts.first() {
            let sorts = text().enum_values(Some(self.sorts.iter().copied())).default(Some((*first).into()));
            all.push(parameter("sort", "What decides the order.", sorts));
            let orders = text().enum_values(Some(["asc", "desc"])).default(Some("desc".into()));
            all.push(parameter("order", "Which way.", orders));
        }
        if self.has_csv {
            let formats = text().enum_values(Some(["json", "csv"])).default(Some("json".into()));
            all.push(parameter("format", "`csv` answers all rows, whatever the page.", formats));
        }
        all
    }
}

/// Describes the parameters of a log by its shape.
macro_rules! described {
    ($(#[$about:meta])* $name:ident, $shape:expr) => {
        $(#[$about])*
        pub struct $name;

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $shape.parameters()
            }
        }
    };
}
pub(crate) use described;

fn parameter(name: &str, about: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn boolean() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean))
}

fn integer(from: i64, to: i64) -> ObjectBuilder {
    let integer = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer));
    integer.minimum(Some(from)).maximum(Some(to))
}
