//! The bodies of resources in the description of the API. They are flat objects: a schema put together by
//! `allOf` of parts that refuse unknown fields would be satisfied by nothing.

use std::{borrow::Cow, marker::PhantomData};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
        schema::SchemaType,
    },
};

use super::{PageOf, Resource, Shown};

pub(in crate::admin) type Schemas = Vec<(String, RefOr<Schema>)>;

/// The body of a replacement: the whole input, and the revision that was read.
pub struct Replacement<T>(PhantomData<T>);

/// The body of a patch: any of the input's fields, and the revision that was read.
pub struct Patch<T>(PhantomData<T>);

/// The body of a new thing that may come from a preset: what is not named is the preset's.
pub struct FromPreset<T>(PhantomData<T>);

pub(in crate::admin) fn object_of<T: ToSchema>() -> Object {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

/// An input in an exported file: its fields and its id.
pub struct Exported<T>(PhantomData<T>);

fn integer(description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .description(Some(description))
        .build()
}

pub(in crate::admin) fn text(format: Option<KnownFormat>) -> Object {
    let format = format.map(SchemaFormat::KnownFormat);
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).format(format).build()
}

pub(in crate::admin) fn add(
    object: &mut Object,
    name: &str,
    property: impl Into<RefOr<Schema>>,
    is_required: bool,
) {
    object.properties.insert(name.to_owned(), property.into());
    if is_required {
        object.required.push(name.to_owned());
    }
}

fn add_revision(object: &mut Object) {
    let mut revision = integer("The revision that was read.");
    revision.minimum = Some(1.into());
    add(object, "revision", Schema::Object(revision), true);
}

impl<T: ToSchema> PartialSchema for Replacement<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        add_revision(&mut object);
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for Replacement<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Replacement", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Patch<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        object.required.clear();
        add_revision(&mut object);
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for FromPreset<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        object.required.clear();
        let mut preset = text(None);
        preset.description = Some("Slug of a preset: what is not named is the preset's.".into());
        add(&mut object, "preset", Schema::Object(preset), false);
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for FromPreset<T> {
    fn name() -> Cow<'static, str> {
        format!("New{}", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Exported<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        add(&mut object, "id", Schema::Object(text(None)), true);
        let more = [
            ("campaign_id", Type::String, "Of a stream."),
            ("public_id", Type::String, "Of a campaign: kept when nothing else has it."),
            ("has_secret", Type::Boolean, "There was one; it is not in the file."),
        ];
        for (name, kind, description) in more {
            let property = ObjectBuilder::new().schema_type(kind).description(Some(description)).build();
            add(&mut object, name, Schema::Object(property), false);
        }
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for Exported<T> {
    fn name() -> Cow<'static, str> {
        format!("Exported{}", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}

impl<R: Resource> PartialSchema for Shown<R> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<R::View>();
        let more = object_of::<R::More>();
        object.properties.extend(more.properties);
        object.required.extend(more.required);
        add(&mut object, "revision", Schema::Object(integer("One higher with every write.")), true);
        for name in ["created_at", "updated_at"] {
            add(&mut object, name, Schema::Object(text(Some(KnownFormat::DateTime))), true);
        }
        RefOr::T(Schema::Object(object))
    }
}

impl<R: Resource> ToSchema for Shown<R> {
    fn name() -> Cow<'static, str> {
        format!("Shown{}", R::View::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        R::View::schemas(schemas);
        R::More::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for PageOf<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name(T::name()))).build();
        let mut object = Object::new();
        add(&mut object, "items", Schema::Array(items), true);
        add(&mut object, "limit", Schema::Object(integer("As asked for.")), true);
        add(&mut object, "offset", Schema::Object(integer("As asked for.")), true);
        add(&mut object, "total", Schema::Object(integer("Over all pages.")), true);
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for PageOf<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
