"""The pages. The only room that imports Reflex: it draws what billing/ tells and calls what billing/ offers."""
