import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import { Page } from "../../parts/Page.tsx";

export default function Missing() {
  return (
    <Page title="There is no such page">
      <Text>
        The address leads nowhere.{" "}
        <Anchor component={Link} href="/">
          Ask a question
        </Anchor>
        , or choose a page from the menu.
      </Text>
    </Page>
  );
}
