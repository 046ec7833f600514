# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Query filters: gathered here, and written as Dataloop's queries."""

from dtlpy.dl_enums import AnnotationType, FiltersMethod, FiltersOperations, FiltersOrderByDirection, FiltersResource


class Filters:
    """Conditions on items or other things."""

    def __init__(self, field=None, values=None, operator=None, method=None, custom_filter=None,
                 resource=FiltersResource.ITEM, use_defaults=True, context=None, page_size=None):
        self.custom_filter, self.resource, self.context = custom_filter, resource, context
        self.method, self.page, self.page_size = FiltersMethod.AND, 0, 1000 if page_size is None else page_size
        self.and_filter_list, self.or_filter_list, self.join, self.sort = [], [], None, {}
        self.use_defaults, self._popped = use_defaults, set()
        if field is not None:
            self.add(field, values, operator, method)

    def add(self, field, values, operator=None, method=None):
        """Adds a condition on a field."""
        chosen = self.or_filter_list if (method or self.method) == FiltersMethod.OR else self.and_filter_list
        chosen[:] = [one for one in chosen if field not in one]
        chosen.append(self._condition(field, values, operator))

    def add_join(self, field, values, operator=None, method=FiltersMethod.AND):
        """Adds a condition on an item's annotations."""
        if self.join is None:
            self.join = {"on": {"resource": "annotations", "local": "itemId", "forigen": "id"}, "filter": {}}
        key = "$or" if method == FiltersMethod.OR else "$and"
        self.join["filter"].setdefault(key, []).append(self._condition(field, values, operator))

    @staticmethod
    def _condition(field, values, operator):
        field = getattr(field, "value", field)
        if operator is None:
            operator = FiltersOperations.IN if isinstance(values, (list, tuple)) else FiltersOperations.EQUAL
        word = getattr(operator, "value", operator)
        return {field: values} if word == "eq" else {field: {f"${word}": values}}

    def sort_by(self, field, value=FiltersOrderByDirection.ASCENDING):
        """Orders what is found."""
        self.sort[getattr(field, "value", field)] = getattr(value, "value", value)

    def has_field(self, field):
        """Whether there is a condition on a field."""
        return any(field in one for one in self.and_filter_list + self.or_filter_list)

    def pop(self, field):
        """Takes the conditions on a field away, also those that are there by default."""
        self._popped.add(field)
        for chosen in (self.and_filter_list, self.or_filter_list):
            chosen[:] = [one for one in chosen if field not in one]

    def pop_join(self, field):
        """Takes the conditions on a field of annotations away."""
        for chosen in (self.join or {}).get("filter", {}).values():
            chosen[:] = [one for one in chosen if field not in one]

    def reset(self):
        """Takes all conditions away."""
        self.and_filter_list, self.or_filter_list, self.join, self.custom_filter = [], [], None, None

    def prepare(self, operation=None, update=None, query_only=False, system_update=None, system_metadata=False):
        """The query as Dataloop's JSON."""
        if self.custom_filter is not None:
            query = dict(self.custom_filter)
            query = query if "filter" in query else {"filter": query}
        else:
            conditions = {}
            together = self._defaults() + [dict(one) for one in self.and_filter_list]
            if together:
                conditions["$and"] = together
            if self.or_filter_list:
                conditions["$or"] = [dict(one) for one in self.or_filter_list]
            query = {"filter": conditions}
        if self.join is not None:
            query["join"] = self.join
        if query_only:
            return query
        if self.sort:
            query["sort"] = self.sort
        return {
            **query, "page": self.page, "pageSize": self.page_size,
            "resource": getattr(self.resource, "value", self.resource)}

    def _defaults(self):
        """Conditions that hold unless they are taken away or others on the same field are added."""
        defaults = {
            FiltersResource.ITEM: [{"hidden": False}, {"type": "file"}],
            FiltersResource.ANNOTATION: [{"type": {"$in": [kind.value for kind in AnnotationType if kind != "note"]}}],
        }
        if not self.use_defaults:
            return []
        return [
            one for one in defaults.get(self.resource, [])
            if not any(self.has_field(field) or field in self._popped for field in one)]
