//! Handlers of a resource, with their descriptions. A macro makes them, since a description names the types of
//! its bodies: the handlers themselves only call what all resources share.

/// `GET` and `POST` of the collection: `collection_handlers!(Resource, "/api/things", "Things", "thing",
/// new = NewThing, list = list_things, create = create_thing);`
macro_rules! collection_handlers {
    ($resource:ty, $path:literal, $tag:literal, $one:literal, new = $new:ty, list = $list:ident, create = $create:ident) => {
        type ListedQuery = <$resource as $crate::admin::crud::Resource>::Query;
        type Listed = $crate::admin::crud::PageOf<$crate::admin::crud::Shown<$resource>>;
        type New = $new;

        #[utoipa::path(
                                    get,
                                    path = $path,
                                    tag = $tag,
                                    summary = concat!("Lists: ", $tag),
                                    params(ListedQuery),
                                    responses((status = 200, body = Listed), $crate::openapi::Refusals)
                                )]
        async fn $list(
            app: $crate::access::WorkspaceApp,
            axum::extract::Query(query): axum::extract::Query<ListedQuery>,
        ) -> Result<axum::Json<Listed>, $crate::error::ApiError> {
            $crate::admin::crud::list::<$resource>(&app, query).await
        }

        #[utoipa::path(
                                    post,
                                    path = $path,
                                    tag = $tag,
                                    summary = concat!("Creates: ", $one),
                                    request_body = New,
                                    responses((status = 201, body = One), $crate::openapi::Refusals)
                                )]
        async fn $create(
            app: $crate::access::WorkspaceApp,
            $crate::admin::input::JsonBody(body): $crate::admin::input::JsonBody,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            <$resource>::create(&app, body).await
        }
    };
}

/// `GET`, `PUT`, `PATCH` and `DELETE` of one of them.
macro_rules! item_handlers {
    ($resource:ty, $path:literal, $tag:literal, $one:literal,
        read = $read:ident, replace = $replace:ident, patch = $patch:ident, delete = $delete:ident) => {
        type One = $crate::admin::crud::Shown<$resource>;
        type Whole = $crate::admin::crud::schema::Replacement<
            <$resource as $crate::admin::crud::Resource>::Input,
        >;
        type Part =
            $crate::admin::crud::schema::Patch<<$resource as $crate::admin::crud::Resource>::Input>;

        #[utoipa::path(
            get,
            path = concat!($path, "/{id}"),
            tag = $tag,
            summary = concat!("Reads: ", $one),
            params(("id" = String, Path)),
            responses((status = 200, body = One), $crate::openapi::Refusals)
        )]
        async fn $read(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
        ) -> Result<axum::Json<One>, $crate::error::ApiError> {
            $crate::admin::crud::read::<$resource>(&app, &id).await
        }

        #[utoipa::path(
            put,
            path = concat!($path, "/{id}"),
            tag = $tag,
            summary = concat!("Replaces: ", $one),
            params(("id" = String, Path)),
            request_body = Whole,
            responses((status = 200, body = One), $crate::openapi::Refusals)
        )]
        async fn $replace(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
            $crate::admin::input::JsonBody(body): $crate::admin::input::JsonBody,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            $crate::admin::crud::write::replace::<$resource>(&app, &id, body).await
        }

        #[utoipa::path(
            patch,
            path = concat!($path, "/{id}"),
            tag = $tag,
            summary = concat!("Changes some fields: ", $one),
            params(("id" = String, Path)),
            request_body = Part,
            responses((status = 200, body = One), $crate::openapi::Refusals)
        )]
        async fn $patch(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
            $crate::admin::input::JsonBody(body): $crate::admin::input::JsonBody,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            $crate::admin::crud::write::patch::<$resource>(&app, &id, body).await
        }

        #[utoipa::path(
            delete,
            path = concat!($path, "/{id}"),
            tag = $tag,
            summary = concat!("Deletes: ", $one),
            description = "Refused with 409 while something uses it.",
            params(("id" = String, Path)),
            responses(
                (status = 204),
                (status = 200, description = "It was archived, since what was recorded names it.", body = One),
                $crate::openapi::Refusals
            )
        )]
        async fn $delete(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            <$resource>::delete(&app, &id).await
        }
    };
}

/// Archiving, restoring, and the status of many; after [`item_handlers`].
macro_rules! status_handlers {
    ($resource:ty, $path:literal, $tag:literal, $one:literal,
        archive = $archive:ident, restore = $restore:ident, bulk = $bulk:ident) => {
        use $crate::admin::crud::bulk::{BulkAnswer, BulkStatus};

        #[utoipa::path(
                            post,
                            path = concat!($path, "/{id}/archive"),
                            tag = $tag,
                            summary = concat!("Archives: ", $one),
                            description = "It takes no part in routing any more, and can be restored.",
                            params(("id" = String, Path)),
                            responses((status = 200, body = One), $crate::openapi::Refusals)
                        )]
        async fn $archive(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            $crate::admin::crud::write::archive::<$resource>(&app, &id).await
        }

        #[utoipa::path(
                            post,
                            path = concat!($path, "/{id}/restore"),
                            tag = $tag,
                            summary = concat!("Restores an archived one: ", $one),
                            description = "It gets the status that it had before it was archived; paused, where that is not known.",
                            params(("id" = String, Path)),
                            responses((status = 200, body = One), $crate::openapi::Refusals)
                        )]
        async fn $restore(
            app: $crate::access::WorkspaceApp,
            axum::extract::Path(id): axum::extract::Path<String>,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            $crate::admin::crud::restore::restore::<$resource>(&app, &id).await
        }

        #[utoipa::path(
                            post,
                            path = concat!($path, "/bulk-status"),
                            tag = $tag,
                            summary = concat!("Sets the status of many: ", $tag),
                            description = "Each is written for itself; the answer says what became of it.",
                            request_body = BulkStatus,
                            responses((status = 200, body = BulkAnswer), $crate::openapi::Refusals)
                        )]
        async fn $bulk(
            app: $crate::access::WorkspaceApp,
            $crate::admin::input::JsonBody(body): $crate::admin::input::JsonBody,
        ) -> Result<axum::response::Response, $crate::error::ApiError> {
            let asked = $crate::admin::input::read::<BulkStatus>(body)?;
            $crate::admin::crud::bulk::set_status::<$resource>(&app, asked).await
        }
    };
}
