/** The picture of a grid's cell, `height` CSS pixels high: empty until `url` is there, and the reason where there is none to come. */
export function Thumbnail({
  height,
  url,
  fault,
}: {
  height: number;
  url: string | null | undefined;
  fault: string | null | undefined;
}) {
  return (
    <div class="thumbnail" style={{ height: `${height}px` }}>
      {url && <img src={url} alt="" draggable={false} decoding="async" />}
      {fault && (
        <span class="fault" title={fault}>
          cannot be shown
        </span>
      )}
    </div>
  );
}
