import { createPageTree, createPdfFile, num, textString } from '../../lib/pdf/file.ts';
import { createDocumentFonts } from '../../lib/pdf/fonts.ts';
import type { Line, TextStyle } from '../../lib/pdf/text.ts';

/** A4, in points; `top` and `bottom` bound the text. */
export const pageBox = { width: 595.28, height: 841.89, left: 56, right: 539.28, top: 770, bottom: 62 };

/** A page being drawn; y grows upward. */
export type Page = {
  id: number;
  /** Draws a line with its baseline at `y`, from `x` on, or ending there where `align` is `right`. */
  text(line: Line, style: TextStyle, x: number, y: number, align?: 'left' | 'right'): void;
  /** Fills a rectangle beneath all text. */
  fill(color: string, x: number, y: number, width: number, height: number): void;
  /** Fills a small rectangle above those beneath the text. */
  mark(color: string, x: number, y: number, width: number, height: number): void;
  /** Leads to the top of another page, or a height in it. */
  link(x: number, y: number, width: number, height: number, target: { pageId: number; y: number }): void;
};

type Part = 'front' | 'body';

/**
 * A document of two parts, written as its pages end, in any order: the front (title, contents), its pages counted in
 * Roman numerals, stands before the body, counted in Arabic ones.
 */
export function createPagedDocument() {
  const file = createPdfFile();
  const [catalogId, infoId, rootId, outlineId] = [file.reserve(), file.reserve(), file.reserve(), file.reserve()];
  const fonts = createDocumentFonts(file);
  const trees = { front: createPageTree(file, rootId), body: createPageTree(file, rootId) };
  const outline = createOutline(file, outlineId);

  return {
    take: file.take,
    outline,

    /** Begins a page. It is written, and forgotten, when `end` is called; pages of a part are ended in their order. */
    beginPage(): Page & { end(part: Part): void } {
      const id = file.reserve();
      const under: string[] = [];
      const over: string[] = [];
      const links: string[] = [];
      return {
        id,
        text(line, style, x, y, align = 'left') {
          const width = (line.width / 1000) * style.size;
          over.push(fonts.draw(line, style, align === 'right' ? x - width : x, y));
        },
        fill(color, x, y, width, height) {
          under.push(`${color} rg ${num(x)} ${num(y)} ${num(width)} ${num(height)} re f`);
        },
        mark(color, x, y, width, height) {
          over.push(`${color} rg ${num(x)} ${num(y)} ${num(width)} ${num(height)} re f`);
        },
        link(x, y, width, height, target) {
          const rectangle = [x, y, x + width, y + height].map(num).join(' ');
          links.push(
            `<< /Type /Annot /Subtype /Link /Rect [${rectangle}] /Border [0 0 0] /Dest [${target.pageId} 0 R /XYZ 0 ${num(target.y)} null] >>`,
          );
        },
        end(part) {
          const contentId = file.reserve();
          const annotations = links.length > 0 ? ` /Annots [${links.join(' ')}]` : '';
          file.write(
            id,
            `<< /Type /Page /Parent ${trees[part].nextParent()} 0 R /MediaBox [0 0 ${pageBox.width} ${pageBox.height}] /Resources ${fonts.resourcesId} 0 R /Contents ${contentId} 0 R${annotations} >>`,
          );
          trees[part].add(id);
          file.writeStream(contentId, '', [...under, ...over].join('\n'));
        },
      };
    },

    async end({ title, author, createdAt }: { title: string; author: string; createdAt: Date }): Promise<void> {
      await fonts.end();
      const [front, body] = [trees.front.end(), trees.body.end()];
      const kids = [front, body].flatMap((tree) => (tree ? [`${tree.id} 0 R`] : []));
      const frontCount = front?.count ?? 0;
      file.write(rootId, `<< /Type /Pages /Count ${frontCount + (body?.count ?? 0)} /Kids [${kids.join(' ')}] >>`);
      const hasOutline = outline.end();
      const labels = `0 << /S /r >>${body ? ` ${frontCount} << /S /D >>` : ''}`;
      const shown = hasOutline ? ` /Outlines ${outlineId} 0 R /PageMode /UseOutlines` : '';
      file.write(
        catalogId,
        `<< /Type /Catalog /Pages ${rootId} 0 R /PageLabels << /Nums [${labels}] >> /ViewerPreferences << /DisplayDocTitle true >>${shown} >>`,
      );
      const stamp = createdAt.toISOString().replace(/[-:T]/g, '').slice(0, 14);
      file.write(
        infoId,
        `<< /Title ${textString(title)} /Author ${textString(author)} /Creator (convograph) /Producer (convograph) /CreationDate (D:${stamp}Z) >>`,
      );
      file.end({ rootId: catalogId, infoId });
    },
  };
}

export type PagedDocument = ReturnType<typeof createPagedDocument>;

type Bookmark = { id: number; title: string; target: { pageId: number; y: number }; previousId: number | null };
type Group = Bookmark & { firstId: number; count: number };

const bookmarkLength = 120;

/** Bookmarks in groups, each written once the next is known. */
function createOutline(file: ReturnType<typeof createPdfFile>, rootId: number) {
  let group: Group | null = null;
  let pending: Bookmark | null = null;
  let firstGroupId: number | null = null;
  let groupCount = 0;

  const describe = ({ title, target, previousId }: Bookmark, parentId: number, nextId: number | null): string => {
    const previous = previousId === null ? '' : ` /Prev ${previousId} 0 R`;
    const next = nextId === null ? '' : ` /Next ${nextId} 0 R`;
    return `/Title ${textString(title)} /Parent ${parentId} 0 R${previous}${next} /Dest [${target.pageId} 0 R /XYZ 0 ${num(target.y)} null]`;
  };
  const endGroup = (nextGroupId: number | null): void => {
    if (group === null || pending === null) return;
    file.write(pending.id, `<< ${describe(pending, group.id, null)} >>`);
    const kids = `/First ${group.firstId} 0 R /Last ${pending.id} 0 R /Count -${group.count}`;
    file.write(group.id, `<< ${describe(group, rootId, nextGroupId)} ${kids} >>`);
    pending = null;
  };

  return {
    add(groupTitle: string, title: string, target: { pageId: number; y: number }): void {
      const id = file.reserve();
      if (group === null || group.title !== groupTitle) {
        const groupId = file.reserve();
        const previousId: number | null = group?.id ?? null;
        endGroup(groupId);
        group = { id: groupId, title: groupTitle, target, previousId, firstId: id, count: 0 };
        firstGroupId ??= groupId;
        groupCount += 1;
      } else if (pending !== null) file.write(pending.id, `<< ${describe(pending, group.id, id)} >>`);
      const shown = [...title.slice(0, bookmarkLength).trim()].join('') || '(untitled)';
      pending = { id, title: shown, target, previousId: pending?.id ?? null };
      group.count += 1;
    },
    end(): boolean {
      endGroup(null);
      if (group === null || firstGroupId === null) return false;
      file.write(rootId, `<< /Type /Outlines /First ${firstGroupId} 0 R /Last ${group.id} 0 R /Count ${groupCount} >>`);
      return true;
    },
  };
}
