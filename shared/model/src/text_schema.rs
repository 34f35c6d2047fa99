//! Schemas of what is a text for clients, though it is more here.

use crate::{Currency, RuleField, TimeOfDay, UserKey};

macro_rules! text_schema {
    ($type:ty, $name:literal, $describe:expr) => {
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let text =
                    utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
                let describe: fn(utoipa::openapi::ObjectBuilder) -> utoipa::openapi::ObjectBuilder =
                    $describe;
                describe(text).into()
            }
        }
        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

text_schema!(Currency, "Currency", |text| text.pattern(Some("^[A-Za-z]{3}$")).examples(["USD"]));
text_schema!(RuleField, "RuleField", |text| text
    .description(Some("`country`, `sub1`..`sub10`, `query.<param>` and so on: see `GET /api/schema/routing`"))
    .examples(["country"]));
text_schema!(TimeOfDay, "TimeOfDay", |text| text
    .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))
    .examples(["09:30"]));
text_schema!(UserKey, "UserKey", |text| text
    .description(Some(
        "`visitor`, `source_click_id`, `ip`, `user_agent`, `sub1`..`sub10`, `utm_*` or `query.<param>`"
    ))
    .examples(["visitor"]));
