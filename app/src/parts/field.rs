//! Form fields.

use leptos::prelude::*;

/// A labelled input with its hint and, after a failed attempt, what was wrong.
#[component]
pub fn Field(
    /// What to enter.
    #[prop(into)]
    label: String,
    /// The name it is sent under; unique on the page.
    name: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    /// What a person should know beforehand.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What was wrong with what was sent.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What a password manager should fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it has to be filled in.
    #[prop(default = true)]
    required: bool,
) -> impl IntoView {
    let (id, hint_id, error_id) = (format!("field-{name}"), format!("hint-{name}"), format!("error-{name}"));
    let has_hint = hint.is_some();
    let described = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (error.with(Option::is_some), has_hint) {
            (true, _) => Some(error_id.clone()),
            (false, true) => Some(hint_id.clone()),
            (false, false) => None,
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
            />
            {hint.map(|hint| view! { <p class="note" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id role="alert">{move || error.get()}</p>
        </div>
    }
    .into_any()
}

/// A search that is a GET: what was searched for stands in the URL.
#[component]
pub fn SearchForm(
    /// The page that answers.
    #[prop(into)]
    action: Signal<String>,
    /// What is searched, for the label.
    #[prop(into)]
    label: String,
    /// The parameter's name.
    #[prop(into, default = "q".to_owned())]
    name: String,
    /// What was searched for.
    #[prop(into, optional)]
    value: Signal<String>,
    /// Parameters of the URL that stay: name and value.
    #[prop(into, optional)]
    hidden: Signal<Vec<(String, String)>>,
    /// What else is chosen with it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <form class="search" role="search" method="get" action=move || action.get()>
            {move || hidden.get().into_iter().map(|(name, value)| {
                view! { <input type="hidden" name=name value=value/> }
            }).collect_view()}
            <input
                type="search"
                name=name
                aria-label=label.clone()
                placeholder=label
                value=move || value.get()
                prop:value=move || value.get()
                autocomplete="off"
                spellcheck="false"
            />
            {children.map(|children| children())}
            <button type="submit" class="button">"Search"</button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_input() {
        let html = Owner::new().with(|| {
            view! { <Field label="Password" name="password" kind="password" error="Wrong name or password."/> }
                .to_html()
        });
        assert!(
            html.contains("aria-invalid=\"true\"") && html.contains("aria-describedby=\"error-password\""),
            "{html}"
        );
        assert!(html.contains("Wrong name or password."), "{html}");
    }

    #[test]
    fn a_search_keeps_the_rest_of_the_url() {
        let html = Owner::new().with(|| {
            let hidden = vec![("sort".to_owned(), "calls".to_owned())];
            view! { <SearchForm action="/a/queries" label="Search queries" value="\"><script>" hidden/> }.to_html()
        });
        assert!(html.contains("name=\"sort\" value=\"calls\"") && !html.contains("<script>"), "{html}");
    }
}
