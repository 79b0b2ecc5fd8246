import { Button } from "@mantine/core";

interface MoreButtonProps {
  found: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  children: string;
}

/** Fetches the next page of what is shown page by page, where there is one. */
export function MoreButton({ found, children }: MoreButtonProps) {
  if (!found.hasNextPage) return null;
  return (
    <Button
      variant="default"
      size="xs"
      mt="sm"
      loading={found.isFetchingNextPage}
      onClick={() => found.fetchNextPage()}
    >
      {children}
    </Button>
  );
}
